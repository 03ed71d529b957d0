"""The loaded sequence as the response of an action: a flat, bounded list of its nodes."""

from typing import Final

from homeassistant.util.json import JsonObjectType, JsonValueType

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

# Seconds to wait for the issues before the tree is read without them.
_ISSUES_WITHIN: Final = 20.0
# Total number of issues in a response: each may be as long as a line.
_MOST_ISSUES: Final = 500


async def async_read_tree(client: NinaClient) -> SequenceTree:
    """Return the loaded sequence, with its issues if N.I.N.A. reports them.

    Raises NinaError if the sequence cannot be read at all.
    """
    try:
        return await client.sequence.get_validated_tree(within=_ISSUES_WITHIN)
    except NinaNotReadyError, NinaUnreachableError:
        raise
    except NinaError as err:
        LOGGER.debug("The sequence is read without its issues: %s", err)
        return await client.sequence.get_tree()


def tree_as_data(tree: SequenceTree, limit: int) -> JsonObjectType:
    """Return the first nodes of a tree as plain data, and the issues of all nodes."""
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


def _nodes(tree: SequenceTree, limit: int) -> list[JsonValueType]:
    """Return the first nodes; after too many issues the nodes come without them."""
    left = _MOST_ISSUES
    found: list[JsonValueType] = []
    for node in tree.nodes[:limit]:
        issues: list[JsonValueType] | None = (
            None if node.issues is None else list(node.issues[: max(left, 0)])
        )
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
    """Return a status; an unknown one is spelled as in N.I.N.A."""
    if isinstance(node.status, Unknown):
        return one_line(str(node.status.raw))
    return None if node.status is None else node.status.value
