"""What is behind a failure, as the node says when it is asked how it is: a full disk, a PostgreSQL that is away."""

from provisioning import facts, sentences
from provisioning.facts import BadAnswer
from provisioning.fleet import AWAY
from provisioning.host import Host
from provisioning.sentences import Sentence

LITTLE = 64 * 1024 * 1024  # bytes: PostgreSQL's next files need more
TRIES = 12  # tries of what should pass: some minutes


async def behind(failure: Sentence, host: Host) -> Sentence:
    """The failure in the words of its cause, where the node shows one now; else as it is."""
    try:
        health = await facts.health(host)
    except BadAnswer as answer:
        return sentences.not_well(failure, answer.output)
    except AWAY:
        return failure
    return sentences.disk_full(failure) if health.disk_free < LITTLE else failure
