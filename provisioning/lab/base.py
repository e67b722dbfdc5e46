"""The base system, built once and shared by every node: Debian, PostgreSQL, nginx and Odoo 19, none of it started."""

import os
import shutil
import subprocess
from pathlib import Path

from provisioning.lab.places import FILES, Lab, LabError
from provisioning.lab.shell import in_base, run

PROGRAMS = {"lxc-start": "lxc", "debootstrap": "debootstrap", "/usr/sbin/sshd": "openssh-server"}
PACKAGES = ("postgresql", "nginx-light", "odoo-19", "tzdata-legacy")  # Odoo names time zones as they were called before
ROOM = 6 * 2**30  # bytes that a lab takes at most, with some tenants


def refuse_elsewhere(directory: Path) -> None:
    """Raises LabError where a lab cannot be built."""
    if not Path("/etc/debian_version").exists() or os.geteuid() != 0:
        raise LabError("The lab needs root on Debian: it builds an LXC container. All else of Alta runs without.")
    if shutil.disk_usage(directory).free < ROOM:
        raise LabError(f"The lab needs {ROOM / 2**30:.0f} GiB free on the disk of {directory}.")


def host_packages(lab: Lab) -> None:
    """What the host needs, from its own package manager, where it is not there yet."""
    missing = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    if missing:
        env = {"DEBIAN_FRONTEND": "noninteractive"}
        run(lab, "apt-get", "update", "-qq", env=env)
        run(lab, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing, env=env)


def debian(lab: Lab) -> None:
    """Debian trixie. A half-made one is thrown away."""
    if lab.base.exists():
        return
    part = lab.base.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    more = "--include=systemd,systemd-sysv,iproute2,ca-certificates"
    run(lab, "debootstrap", "--variant=minbase", more, "trixie", str(part), _mirror())
    part.rename(lab.base)


def odoo(lab: Lab) -> None:
    """Odoo 19 and what it needs, from Debian's packages."""
    if lab.remembered().get("base") == _recipe():
        return
    etc = lab.base / "etc"
    (etc / "apt/sources.list").write_text((FILES / "sources.list").read_text().replace("@MIRROR@", _mirror()))
    shutil.copy(FILES / "preferences", etc / "apt/preferences.d/odoo")
    shutil.copy(FILES / "apt.conf", etc / "apt/apt.conf.d/90alta")
    shutil.copy("/etc/resolv.conf", etc / "resolv.conf")
    policy = lab.base / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")  # nothing is started while it is installed
    policy.chmod(0o755)
    in_base(lab, "dpkg", "--configure", "-a")
    in_base(lab, "apt-get", "update", "-qq")
    in_base(lab, "apt-get", "install", "-y", "-qq", *PACKAGES)
    policy.unlink()
    in_base(lab, "apt-get", "clean")
    # Each node starts them itself, once it has said on which ports.
    in_base(lab, "systemctl", "disable", "odoo", "nginx", "postgresql")
    lab.remember(base=_recipe())


def _recipe() -> str:
    return " ".join(PACKAGES)


def _mirror() -> str:
    """Where the host itself has its Debian packages from."""
    argv = ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages", "Origin: Debian"]
    sites = subprocess.run(argv, capture_output=True, text=True, check=False).stdout.split()  # noqa: S603
    plain = sorted({site for site in sites if "security" not in site})
    if not plain:
        raise LabError("apt knows no Debian mirror here: run apt-get update, or look into /etc/apt/sources.list.d.")
    return plain[0]
