"""The fault matrix: its table is that of the job kinds, and one short column of it is played here."""

import pytest

from domain.job_kinds import KINDS
from tests.chaos.matrix.cells import LEFT_OUT, RECIPES, every_cell
from tests.chaos.matrix.columns import play
from tests.chaos.matrix.faults import FAULTS
from tests.chaos.matrix.play import BEGIN, END, README
from tests.chaos.matrix.stage import open_stage

pytestmark = pytest.mark.chaos
SHORT = [
    ("create_tenant", "clone"),
    ("create_tenant", "first_page"),
    ("suspend_tenant", "suspend"),
    ("backup_tenant", "dump"),
]


def test_every_kind_of_job_has_its_place() -> None:
    assert set(RECIPES) | set(LEFT_OUT) == set(KINDS)


def test_the_table_that_is_kept_is_whole_and_all_is_well() -> None:
    kept = README.read_text().partition(BEGIN.format("stand-in"))[2].partition(END)[0].splitlines()
    assert kept[0].strip("| ").split(" | ")[1:] == [fault.title for fault in FAULTS.values()]
    assert [line.strip("| ").split(" | ")[0] for line in kept[2:]] == [
        f"{kind} · {step}" for kind, step in every_cell()
    ]
    assert {cell for line in kept[2:] for cell in line.strip("| ").split(" | ")[1:]} == {"bien", "–"}


def test_a_node_whose_postgresql_dies_in_the_middle() -> None:
    with open_stage() as stage:
        column = play(stage, "node_database", SHORT)
    assert column.verdicts == dict.fromkeys(SHORT, "")
