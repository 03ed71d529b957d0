"""Print what is to be translated, or take translations over."""

from pathlib import Path
import sys

from scripts._usage.translate import parser

from .work import Work, read_translations

ROOT = Path(__file__).resolve().parent.parent.parent


def main(root: Path = ROOT) -> int:
    """Do what was asked for; return 1 if translations have faults."""
    given = parser().parse_args()
    work = Work(root, given.language)
    faults: list[str] = []
    if given.merge:
        faults = _merge(work, Path(given.merge))
    elif given.check:
        faults = work.faults(given.part)
    elif given.accept:
        work.accept(work.there(given.part))
        work.write()
    else:
        for entry in work.entries(given.part):
            print(*work.show(entry), "", sep="\n")
    for fault in faults:
        print(fault)
    print(
        f"{given.language}: {len(work.to_do(given.part))} texts to translate, {len(faults)} faults"
    )
    return 1 if faults else 0


def _merge(work: Work, file: Path) -> list[str]:
    """Take the translations in a file over and return their faults."""
    try:
        translations = read_translations(file)
    except (OSError, ValueError) as err:
        return [str(err)]
    taken, refused = work.take(translations)
    work.write()
    print(f"{len(taken)} texts taken over")
    return [*refused, *work.faults(only=taken)]


if __name__ == "__main__":
    sys.exit(main())
