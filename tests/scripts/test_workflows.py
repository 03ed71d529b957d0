"""The check of workflows finds what lets others run code with the tokens of the repository."""

from pathlib import Path

import pytest

from scripts._checks.__main__ import CHECKS, ROOT
from scripts._checks.workflows import check_forms, check_workflows

CHECKOUT = f"actions/checkout@{'0a' * 20} # v5.0.0"
WORKFLOW = f"""\
name: Release
on:
  push:
    tags: ["v*"]
permissions:
  contents: read
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: {CHECKOUT}
        with:
          persist-credentials: false
      - run: scripts/release "${{GITHUB_REF_NAME}}" ${{{{ matrix.option }}}}
  publish:
    needs: build
    permissions:
      contents: write
    steps:
      - uses: docker://example.org/tool@sha256:{"0a" * 32} # 1.2
      - name: Publish
        run: |
          open=$(gh release list --json name)
          if [ -n "$open" ]; then
            gh release upload \\
              "${{GITHUB_REF_NAME}}" dist/a.zip
          fi
"""


def faults(root: Path, text: str, name: str = "workflows/release.yaml") -> list[str]:
    """Return what is found in a file below .github."""
    path = root / ".github" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return list(check_workflows(root))


def test_the_workflows_of_this_repository_are_right() -> None:
    assert check_workflows in CHECKS
    assert list((ROOT / ".github/workflows").glob("*.yaml"))
    assert list(check_workflows(ROOT)) == []


def test_nothing_is_found_where_nothing_is_wrong(tmp_path: Path) -> None:
    assert faults(tmp_path, WORKFLOW) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (CHECKOUT, "actions/checkout@v5 # v5.0.0", "not pinned"),
        (CHECKOUT, f"actions/checkout@{'0a' * 4} # v5.0.0", "not pinned"),
        (CHECKOUT, f"actions/checkout@{'0a' * 20}0 # v5.0.0", "not pinned"),
        (CHECKOUT, "actions/checkout # v5.0.0", "not pinned"),
        (CHECKOUT, "home-assistant/actions/hassfest@master # 1.0", "not pinned"),
        (f"tool@sha256:{'0a' * 32}", "tool:latest", "not pinned"),
        (" # v5.0.0", "", "does not say its version"),
        (" # v5.0.0", " # main", "does not say its version"),
        ("contents: read", "contents: write", "of the whole workflow"),
        ("permissions:\n  contents: read\n", "", "of the whole workflow"),
        ("permissions:\n  contents: read\n", "permissions: write-all\n", "of the whole workflow"),
        ("  push:\n", "  pull_request_target:\n", "pull_request_target runs code of strangers"),
        ("persist-credentials: false", "fetch-depth: 0", "persist-credentials"),
        ("${{ matrix.option }}", "${{ github.event.issue.title }}", "an expression in a script"),
        ("needs: build", "container: debian", "publish: may write, and runs a workflow or"),
        ("- name: Publish", "- name: Publish\n        shell: python", "its shell is python"),
        ("docker://example.org", "./.github/actions/own # docker:", "and uses ./.github"),
        ("gh release list", "scripts/release", "and runs scripts/release"),
        ("gh release list", "gh extension exec x", "and runs gh extension"),
        ("gh release list", "ghx release list", "and runs ghx"),
        ("gh release upload \\\n", "python -m scripts._release \\\n", "and runs python"),
        ("          fi\n", "          fi && ./dist/install\n", "and runs ./dist/install"),
        ("          fi\n", "          fi; A=b .ci/run\n", "and runs .ci/run"),
        ("          fi\n", "          fi\n          { sh dist/x; }\n", "and runs sh dist/x"),
        ("          fi\n", '          fi\n          "scripts/x" a\n', "and runs scripts/x"),
        ('"$open"', '"`cat scripts/x`"', "and runs cat"),
    ],
)  # fmt: skip
def test_a_fault_is_found(tmp_path: Path, old: str, new: str, found: str) -> None:
    assert old in WORKFLOW
    assert any(found in fault for fault in faults(tmp_path, WORKFLOW.replace(old, new)))


def test_no_code_of_the_repository_is_there_where_a_token_may_write(tmp_path: Path) -> None:
    step = f"      - uses: {CHECKOUT}\n        with:\n          persist-credentials: false\n"
    changed = WORKFLOW.replace(
        "    steps:\n      - uses: docker", f"    steps:\n{step}      - uses: docker"
    )
    assert any(
        "publish: may write, and uses actions/checkout" in each
        for each in faults(tmp_path, changed)
    )
    job = WORKFLOW.replace(
        "    permissions:\n      contents: write\n", "    permissions: write-all\n"
    )
    job = job.replace("gh release list", "scripts/release")
    assert any("and runs scripts/release" in each for each in faults(tmp_path, job))


def test_composite_actions_are_looked_at_as_well(tmp_path: Path) -> None:
    text = "runs:\n  using: composite\n  steps:\n    - uses: actions/cache@v4\n"
    assert any("not pinned" in each for each in faults(tmp_path, text, "actions/own/action.yml"))


def test_what_is_no_yaml_is_a_fault(tmp_path: Path) -> None:
    assert len(faults(tmp_path, "a: [")) == 1
    assert faults(tmp_path, "") == []


FORM = """\
name: Something does not work
description: Report a bug.
labels: [bug]
body:
  - type: markdown
    attributes: {value: Thank you.}
  - type: textarea
    id: what
    attributes: {label: What happened}
  - type: dropdown
    id: roof
    attributes: {label: The roof, options: ["No", "Yes"]}
"""
LABELS = 'jobs: {a: {steps: [{run: gh label create "bug" --force}]}}\n'


def form_faults(root: Path, form: str, labels: str = LABELS) -> list[str]:
    """Return what is found in a form."""
    for name, text in (("ISSUE_TEMPLATE/bug.yml", form), ("workflows/labels.yaml", labels)):
        path = root / ".github" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(check_forms(root))


def test_forms_ask_for_what_is_needed(tmp_path: Path) -> None:
    """Those of this repository are right, and so is the one here; faults are found."""
    assert check_forms in CHECKS
    assert list(check_forms(ROOT)) == []
    assert "id: diagnostics" in (ROOT / ".github/ISSUE_TEMPLATE/bug.yml").read_text()
    assert form_faults(tmp_path, FORM) == []
    file = ".github/ISSUE_TEMPLATE/bug.yml"
    for old, new, fault in (
        ("name: S", "names: S", "name is missing"),
        ("id: roof", "id: what", "two fields are called what"),
        ("label: What happened", "title: What happened", "a textarea has no label"),
        ('options: ["No", "Yes"]', "options: []", "a dropdown has no options"),
        ("[bug]", "[safety]", "nothing creates the label safety"),
    ):
        assert form_faults(tmp_path, FORM.replace(old, new)) == [f"{file}: {fault}"]
    given = LABELS.replace("gh label", "gh issue create --label nightly && gh label")
    assert form_faults(tmp_path, FORM, given) == [
        ".github/workflows/labels.yaml: nothing creates the label nightly"
    ]
