"""Build the archive that HACS installs, and the notes of a release from the changelog."""

from pathlib import Path
import re
import sys
import zipfile

from scripts._checks.files import integration, python_files, read_json
from scripts._usage.release import parser

ROOT = Path(__file__).resolve().parent.parent
# The oldest date that a zip archive can hold: the same sources make the same archive.
EPOCH = (1980, 1, 1, 0, 0, 0)


def version_of(tag: str, root: Path) -> str:
    """Return the version that a tag names; ValueError when the manifest has another one."""
    version = str(read_json(integration(root) / "manifest.json")["version"])
    if tag != f"v{version}":
        raise ValueError(f"The tag is {tag}, but the version in the manifest is {version}")
    return version


def notes(version: str, root: Path) -> str:
    """Return what the changelog says about a version; ValueError when it says nothing."""
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    pattern = rf"^## \[?{re.escape(version)}(?![\w.])[^\n]*\n(.*?)(?=^## |\Z)"
    found = re.search(pattern, changelog, re.MULTILINE | re.DOTALL)
    if found is None or not found[1].strip():
        raise ValueError(f"CHANGELOG.md has no entry for {version}")
    return found[1].strip() + "\n"


def build_archive(root: Path, archive: Path) -> None:
    """Pack the integration, its files at the top of the archive as HACS wants them."""
    folder = integration(root)
    wanted = {*python_files(folder)}
    wanted |= {
        path
        for pattern in ("*.js", "*.json", "*.yaml", "*.png", "py.typed")
        for path in folder.rglob(pattern)
    }
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(wanted):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, path.read_bytes())


def main() -> int:
    """Build archive and notes for a tag."""
    tag = parser().parse_args().tag
    try:
        text = notes(version_of(tag, ROOT), ROOT)
    except ValueError as err:
        print(err, file=sys.stderr)
        return 1
    dist = ROOT / "dist"
    dist.mkdir(exist_ok=True)
    build_archive(ROOT, dist / "nina_observatory.zip")
    (dist / "notes.md").write_text(text, encoding="utf-8")
    print(dist / "nina_observatory.zip")
    return 0


if __name__ == "__main__":
    sys.exit(main())
