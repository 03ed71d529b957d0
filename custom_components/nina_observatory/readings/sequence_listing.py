"""The loaded sequence as an action answers it: a flat, bounded list of what is in the tree."""

from typing import Any, Final

from ..api import (
    NinaClient,
    NinaError,
    NinaNotReadyError,
    NinaUnreachableError,
    SequenceTree,
    TreeNode,
    Unknown,
    one_line,
)
from ..const import LOGGER

# Seconds for which the issues are waited for before the tree is read without them.
_ISSUES_WITHIN: Final = 20.0
# Issues in all that an answer holds: each may be as long as a line.
_MOST_ISSUES: Final = 500


async def async_read_tree(client: NinaClient) -> SequenceTree:
    """Return the loaded sequence, with its issues where N.I.N.A. tells them.

    Raises NinaError where the sequence cannot be read at all.
    """
    try:
        return await client.sequence.get_validated_tree(within=_ISSUES_WITHIN)
    except NinaNotReadyError, NinaUnreachableError:
        raise
    except NinaError as err:
        LOGGER.debug("The sequence is read without its issues: %s", err)
        return await client.sequence.get_tree()


def tree_as_data(tree: SequenceTree, limit: int) -> dict[str, Any]:
    """Return the first nodes of a tree as plain data, and what was found wrong in all of it."""
    issues = tree.blocking
    return {
        "nodes": _nodes(tree, limit),
        "total": len(tree.nodes),
        "complete": tree.complete and len(tree.nodes) <= limit,
        "issues": [
            {"issue": issue, "names": list(names[:20])}
            for issue, names in list(issues.items())[:_MOST_ISSUES]
        ]
        if tree.with_issues
        else None,
    }


def _nodes(tree: SequenceTree, limit: int) -> list[dict[str, Any]]:
    """Return the first nodes; once there were many issues only the nodes follow."""
    left, found = _MOST_ISSUES, []
    for node in tree.nodes[:limit]:
        issues = None if node.issues is None else list(node.issues[: max(left, 0)])
        left -= len(issues or ())
        found.append(
            {
                "depth": node.depth,
                "kind": node.kind.value,
                "name": node.name,
                "status": _status(node),
                "done": node.done,
                "total": node.total,
                "issues": issues,
            }
        )
    return found


def _status(node: TreeNode) -> str | None:
    """Return a status; one that is not known comes as N.I.N.A. spells it."""
    if isinstance(node.status, Unknown):
        return one_line(str(node.status.raw))
    return None if node.status is None else node.status.value
