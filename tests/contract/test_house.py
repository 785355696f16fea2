"""House rules that no other tool checks: sizes, imports, docstrings, what no file may hold, links, licences."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ("loaders", "scenes", "twin_app", "benchmarks")
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
MAX_POSITIONAL = 5

# Longer than the rules allow, each with its reason; the list may only shrink.
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}
MANY_POSITIONAL: dict[str, str] = {}

# Folders of one machine, hosts of package registries, and work left undone do not belong in any file.
FORBIDDEN = re.compile(
    r"(?<![\w.-])/(?:work|root|home/\w+)/\w|(?:pypi|pythonhosted|npmjs|debian)\.org|TODO|FIXME|XXX", re.IGNORECASE
)
ALLOWED_TO_NAME_THEM = {"tests/contract/test_house.py"}
BINARY = {".png", ".jpg", ".ico", ".glb", ".parquet", ".tif", ".ttf", ".otf", ".zip", ".ifczip", ".svgz", ".gz"}


@cache
def _files() -> tuple[Path, ...]:
    """What belongs to the project: git's view where there is one, else everything but tools' own folders."""
    listing = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    try:
        done = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True)
        names = [name for name in done.stdout.decode("utf-8").split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        hidden = re.compile(r"(^|/)(\.(?!ci/|github/)[^/]+|__pycache__|build|dist)/")
        names = [str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if p.is_file()]
        names = [name for name in names if not hidden.search(f"{name}/"[:-1])]
    return tuple(sorted(ROOT / name for name in names if (ROOT / name).is_file()))


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def _python() -> tuple[Path, ...]:
    return tuple(file for file in _files() if file.suffix == ".py")


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def _functions(file: Path) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{_name(file)}::{node.name}", node


def test_the_tree_is_seen() -> None:
    assert len(_python()) > 30
    assert ROOT / "run" in _files()


def test_files_are_short() -> None:
    lines = {_name(file): len(file.read_text("utf-8").splitlines()) for file in _python()}
    assert not {name: n for name, n in lines.items() if n > MAX_FILE_LINES and name not in LONG_FILES}
    assert not {name for name in LONG_FILES if lines.get(name, 0) <= MAX_FILE_LINES}, "take these off the list"


def test_functions_are_short() -> None:
    lines = {name: (f.end_lineno or 0) - f.lineno + 1 for file in _python() for name, f in _functions(file)}
    assert not {name: n for name, n in lines.items() if n > MAX_FUNCTION_LINES and name not in LONG_FUNCTIONS}
    assert not {name for name in LONG_FUNCTIONS if lines.get(name, 0) <= MAX_FUNCTION_LINES}, "take these off the list"


def test_functions_take_few_positional_arguments() -> None:
    many = {}
    for file in _python():
        if file.relative_to(ROOT).parts[0] not in PROGRAM:
            continue
        for name, function in _functions(file):
            given = [a.arg for a in (*function.args.posonlyargs, *function.args.args) if a.arg not in {"self", "cls"}]
            if len(given) > MAX_POSITIONAL and name not in MANY_POSITIONAL:
                many[name] = len(given)
    assert not many


def test_every_package_and_module_says_what_it_is() -> None:
    silent = [_name(file) for file in _python() if not ast.get_docstring(_tree(file))]
    assert not silent


def test_every_program_folder_is_a_package() -> None:
    folders = {file.parent for file in _python() if file.relative_to(ROOT).parts[0] in PROGRAM}
    assert not [_name(folder) for folder in folders if not (folder / "__init__.py").is_file()]


def test_annotations_are_never_evaluated_early() -> None:
    """``from __future__ import annotations`` everywhere keeps imports for types free of cost."""
    lacking = [
        _name(file)
        for file in _python()
        if file.relative_to(ROOT).parts[0] in PROGRAM
        and any(isinstance(n, ast.FunctionDef | ast.ClassDef | ast.AnnAssign) for n in _tree(file).body)
        and not any(isinstance(n, ast.ImportFrom) and n.module == "__future__" for n in _tree(file).body)
    ]
    assert not lacking


def test_imports_are_absolute() -> None:
    relative = [
        f"{_name(file)}:{node.lineno}"
        for file in _python()
        for node in ast.walk(_tree(file))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not relative


def test_no_file_holds_what_belongs_to_one_machine() -> None:
    found = []
    for file in _files():
        if file.suffix in BINARY or _name(file) in ALLOWED_TO_NAME_THEM:
            continue
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            hit = FORBIDDEN.search(line)
            found += [f"{_name(file)}:{number}: {hit.group()}"] if hit else []
    assert not found


def test_links_of_the_documents_lead_somewhere() -> None:
    dead = []
    for file in _files():
        if file.suffix != ".md":
            continue
        for target in re.findall(r"\]\(([^)\s]+)\)", file.read_text("utf-8")):
            if not re.match(r"https?:|mailto:|#", target) and not (file.parent / target.partition("#")[0]).exists():
                dead.append(f"{_name(file)} -> {target}")
    assert not dead


def test_the_scripts_are_plain() -> None:
    for name in ("run", ".ci/run"):
        file = ROOT / name
        assert file.stat().st_mode & 0o111, f"{name} is not executable"
        assert b"\r" not in file.read_bytes()
    assert subprocess.run(["sh", "-n", str(ROOT / "run")], check=False).returncode == 0


def test_locks_pin_by_hash_and_name_no_host() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock"):
        text = (ROOT / name).read_text("utf-8")
        assert "://" not in text, name
        for entry in re.split(r"\n(?=[a-zA-Z])", text):
            assert re.match(r"[\w.-]+==\S+", entry), entry[:80]
            assert "--hash=sha256:" in entry, entry[:80]


def test_the_development_lock_holds_the_run_time_one() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-zA-Z][\w.-]*==[^\s;]+", (ROOT / name).read_text("utf-8"), re.MULTILINE))

    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def test_the_locks_satisfy_the_project() -> None:
    from packaging.requirements import Requirement

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    runtime, development = project["project"]["dependencies"], project["dependency-groups"]["dev"]
    for wanted, name in ((runtime, "requirements.lock"), (development, "requirements-dev.lock")):
        pinned: dict[str, list[str]] = {}
        for package, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", (ROOT / name).read_text("utf-8"), re.MULTILINE):
            pinned.setdefault(package.lower(), []).append(version)
        for requirement in map(Requirement, wanted):
            versions = pinned.get(requirement.name.lower(), [])
            assert versions, f"{requirement.name} is not in {name}"
            assert all(requirement.specifier.contains(v) for v in versions), f"{requirement} against {versions}"


# What may be shipped beside Apache-2.0; LGPL and MPL libraries stay replaceable files of their own.
PERMITTED = re.compile(
    r"MIT|BSD|Apache|PSF|Python|HPND|ISC|Zlib|MPL|LGPL|Lesser|Mozilla|Unlicense|0BSD|CC0|Expat", re.I
)
# Says its licence in no field of its metadata; read by hand.
READ_BY_HAND = {"vtk": "BSD-3-Clause", "embreex": "BSD-2-Clause"}


def test_run_time_packages_permit_the_projects_licence() -> None:
    text = (ROOT / "requirements.lock").read_text("utf-8")
    names = re.findall(r"^([a-zA-Z][\w.-]*)==", text, re.MULTILINE)
    assert len(names) > 20
    unknown, refused = {}, {}
    for name in names:
        try:
            found = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue  # of another system
        licence = READ_BY_HAND.get(name) or _licence(found)
        if not PERMITTED.search(licence):
            unknown[name] = licence
        # A choice such as "LGPL or GPL" is fine; GPL alone is not.
        without_lesser = re.sub(r"LGPL|Lesser General Public|Lesser GPL", "", licence, flags=re.I)
        if re.search(r"\bA?GPL|General Public License", without_lesser) and not re.search("LGPL|Lesser", licence, re.I):
            refused[name] = licence
    assert not unknown
    assert not refused


def _licence(found: metadata.PackageMetadata) -> str:
    classifiers = [c for c in found.get_all("Classifier") or [] if c.startswith("License ::")]
    text = (found.get("License") or "").strip().partition("\n")[0]
    return " | ".join([found.get("License-Expression") or "", text, *classifiers])


def test_gpl_kernels_are_never_named_by_the_program() -> None:
    """The ifcopenshell wheel holds CGAL kernels under the GPL; nothing here may load them."""
    naming = [
        f"{_name(file)}:{node.lineno}"
        for file in _python()
        if file.relative_to(ROOT).parts[0] in PROGRAM
        for node in ast.walk(_tree(file))
        if isinstance(node, ast.Constant) and re.fullmatch(r"[\w-]*cgal[\w-]*", str(node.value))
    ]
    assert not naming


@pytest.mark.skipif(sys.platform != "linux", reason="looks at the memory maps of /proc")
def test_gpl_kernels_are_never_loaded() -> None:
    """Any hybrid kernel loads every kernel plug-in beside it, so `run` takes the GPL ones out of .venv."""
    code = (
        "from twin_app.services.doctor_probes import mesh_exact;"
        "mesh_exact('hybrid-manifold-opencascade'); mesh_exact('opencascade');"
        "print('kernel_cgal' in open('/proc/self/maps').read())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False", "delete ifcopenshell_geometry_kernel_cgal*, as ./run does"
