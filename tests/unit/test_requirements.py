"""The lock files pin what the requirements ask for, and nothing else is installed."""

import importlib.metadata
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LICENCES = {
    "0BSD",
    "3-Clause BSD License",
    "Apache License 2.0",
    "Apache License v2.0",
    "Apache Software License",
    "Apache-2.0",
    "BSD License",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CMU License (MIT-CMU)",
    "CC0-1.0",
    "GNU Library or Lesser General Public License (LGPL)",
    "MIT",
    "MIT License",
    "MIT-CMU",
    "MPL-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)",
    "PSF-2.0",
    "Python Software Foundation License",
    "Zlib",
}
"""Licences, as packages state them, that let a program under any licence use a package unchanged."""

LOCKS = {f"{name}.txt": f"{name}.lock" for name in ("requirements", "requirements-dev", "requirements-fuzz")}


def required(name: str) -> list[Requirement]:
    """The requirements of a file and of the files it includes."""
    found = []
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            found += required(line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            found.append(Requirement(line))
    return found


def pinned(name: str) -> dict[str, list[str]]:
    """The versions a lock file pins, by canonical name: several if they depend on the platform."""
    versions: dict[str, list[str]] = {}
    for package, version in re.findall(
        r"^([\w.-]+)==([^\s;]+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE
    ):
        versions.setdefault(canonicalize_name(package), []).append(version)
    return versions


@pytest.mark.parametrize(("requirements", "lock"), LOCKS.items())
def test_the_lock_pins_each_requirement_within_its_bounds(requirements: str, lock: str) -> None:
    versions = pinned(lock)
    outside = [
        str(requirement)
        for requirement in required(requirements)
        for version in versions.get(canonicalize_name(requirement.name), ["nothing"])
        if version == "nothing" or version not in requirement.specifier
    ]
    assert outside == [], f"run make lock: {lock} does not satisfy these"


@pytest.mark.parametrize("lock", LOCKS.values())
def test_each_pinned_version_has_a_hash(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text(encoding="utf-8").strip())
    assert [entry for entry in entries if "==" in entry and "--hash=sha256:" not in entry] == []


def test_the_app_is_tested_with_the_versions_that_it_is_served_with() -> None:
    tested = pinned("requirements-dev.lock")
    assert {name: tested.get(name) for name in pinned("requirements.lock")} == pinned("requirements.lock")


def stated_licences(package: str) -> set[str]:
    """The licences in an installed package's metadata."""
    about = importlib.metadata.metadata(package).json
    classifiers = [each for each in about.get("classifier", []) if each.startswith("License :: ")]
    if classifiers and "license_expression" not in about:
        return {each.rpartition(" :: ")[2] for each in classifiers}
    return set(re.split(r" (?:AND|OR) ", str(about.get("license_expression", about.get("license", "none stated")))))


def test_every_package_of_the_app_has_a_licence_that_was_looked_at() -> None:
    here = {canonicalize_name(each.name) for each in importlib.metadata.distributions()}
    elsewhere = pinned("requirements.lock").keys() - here
    assert elsewhere <= {"colorama", "ml-dtypes"}, "Only Windows needs the first; onnx needs the other from 1.19 on."
    unknown = {name: stated_licences(name) - LICENCES for name in pinned("requirements.lock").keys() & here}
    assert {name: licences for name, licences in unknown.items() if licences} == {}
