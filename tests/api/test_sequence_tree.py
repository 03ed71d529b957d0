"""The tree of the sequence as a list: whatever arrives, one odd value costs only itself."""

from typing import Any

import pytest

from custom_components.nina_observatory.api import NinaClient, NinaResponseError, SequenceTree
from custom_components.nina_observatory.api.errors import NinaVersionError
from custom_components.nina_observatory.api.models.sequence_tree import MOST_ISSUES, MOST_NODES
from custom_components.nina_observatory.api.plugin_version import PluginVersion, release

from .fake import FakeServer


def container(name: Any, *items: Any, **more: Any) -> dict[str, Any]:
    """Return a container as `sequence/state` writes it."""
    return {"Name": name, "Status": "CREATED", "Items": list(items), **more}


def decoded(*roots: Any) -> SequenceTree:
    """Decode roots below global triggers."""
    return SequenceTree.from_wire([{"GlobalTriggers": []}, *roots], with_issues=True)


def test_a_smart_exposure_of_the_reflecting_serializer() -> None:
    """Its progress is that of its loop; its own counter is how often it ran."""
    loop = {"Name": "Loop_Condition", "Status": "CREATED", "Iterations": 20}
    smart = container(
        "Smart Exposure_Container",
        {"Name": "Take Exposure", "Status": "CREATED", "ExposureCount": 9, "Issues": []},
        Iterations=4,
        Conditions=[loop | {"CompletedIterations": 7}],
        Triggers=[{"Name": "Dither_Trigger", "Status": "CREATED", "Issues": ["Kein Guider"]}],
    )
    tree = decoded(container("Ziele_Container", smart))
    shown = [(each.depth, each.kind.value, each.name, each.done, each.total) for each in tree.nodes]
    assert shown == [
        (0, "container", "Ziele", None, None),
        (1, "container", "Smart Exposure", 7, 20),
        (2, "condition", "Loop", 7, 20),
        (2, "trigger", "Dither", None, None),
        (2, "instruction", "Take Exposure", None, None),
    ]
    assert [each.issues for each in tree.nodes] == [None, None, None, ("Kein Guider",), ()]
    assert tree.blocking == {"Kein Guider": ("Dither",)}


def test_more_than_one_loop_or_a_disabled_one_is_no_progress() -> None:
    loop = {"Name": "Loop_Condition", "Iterations": 20, "CompletedIterations": 7}
    odd: tuple[Any, ...] = ([loop, loop], [loop | {"Status": "DISABLED"}], [], ["loop"], {}, None)
    for loops in odd:
        (node, *_) = decoded(container("A_Container", Conditions=loops)).nodes
        assert (node.done, node.total) == (None, None)


def test_an_exposure_before_2_2_10() -> None:
    """How many are done is not told, so it is not known."""
    smart = {"Name": "Smart Exposure", "Status": "RUNNING", "Iterations": 20}
    node = decoded(container("A_Container", smart)).nodes[1]
    assert (node.done, node.total) == (None, 20)


ODD_NAMES: tuple[Any, ...] = (None, 5, True, [], {}, "", "   ", "NaN")


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names(name: Any) -> None:
    tree = decoded(container(name, {"Name": name, "Issues": ["Nope"]}))
    assert [each.name for each in tree.nodes] == ["", ""]
    assert tree.blocking == {"Nope": ()}


@pytest.mark.parametrize("issues", [None, "Camera", 5, {"0": "Camera"}, True])
def test_issues_that_are_no_list_are_not_known(issues: Any) -> None:
    node = decoded(container("A", {"Name": "B", "Issues": issues})).nodes[1]
    assert node.issues is None


def test_odd_issues() -> None:
    """What is no text is left out; long and many ones are cut, and the same comes once."""
    many = [f"Issue {number}" for number in range(1000)]
    node = decoded(container("A", {"Name": "B", "Issues": [5, None, "", "x\ny", "x\ny"]})).nodes[1]
    assert node.issues == ("x y",)
    node = decoded(container("A", {"Name": "B", "Issues": ["x" * 10**6, *many]})).nodes[1]
    assert node.issues is not None
    assert len(node.issues) == MOST_ISSUES
    assert max(map(len, node.issues)) <= 200


def test_odd_trees() -> None:
    """Nothing raises, and what is no node is left out."""
    odd: tuple[Any, ...] = (None, 5, "tree", {}, [], [None, 5, "x", [], {}], [{"Items": 5}], [[[]]])
    for payload in odd:
        SequenceTree.from_wire(payload, with_issues=True)
    tree = decoded(container("A", None, 5, "x", [], {}, container("B", Items="none")))
    assert [each.name for each in tree.nodes] == ["A", "", "B"]
    tree = decoded(container("A", {"Name": "B", "Status": "EXPLODED"}, {"Name": "C", "Status": 7}))
    assert [str(each.status) for each in tree.nodes[1:]] == ["EXPLODED", "7"]


def test_what_a_server_before_2_1_writes() -> None:
    """No global triggers come first, and nodes have no more than a name and a status."""
    roots = [{"Name": "Start_Container", "Status": "FINISHED", "Items": [], "Description": ""}]
    tree = SequenceTree.from_wire(roots, with_issues=False)
    assert [(each.name, each.issues) for each in tree.nodes] == [("Start", None)]
    assert tree.blocking == {}


def test_deep_and_large_trees() -> None:
    """However deep they are; what is beyond any sequence is left out, and that is reported."""
    deep = container("Deepest")
    for _ in range(5000):
        deep = container("Level", deep)
    assert decoded(deep).nodes[-1].depth == 5000
    large = container("Large", *({"Name": str(number)} for number in range(MOST_NODES)))
    tree = decoded(large)
    assert (len(tree.nodes), tree.complete) == (MOST_NODES, False)
    assert decoded(container("A", *large["Items"][:-1])).complete


async def test_servers_without_it(client: NinaClient, server: FakeServer) -> None:
    """They are not asked."""
    client.plugin = PluginVersion(release(2, 1, 8))
    with pytest.raises(NinaVersionError):
        await client.sequence.get_validated_tree()
    assert server.asked == []


async def test_an_answer_that_is_too_long(client: NinaClient, server: FakeServer) -> None:
    server.raw("sequence/state", b'{"Response":"' + b"x" * 9 * 1024 * 1024)
    with pytest.raises(NinaResponseError, match="longer"):
        await client.sequence.get_validated_tree()


async def test_an_answer_that_is_empty(client: NinaClient, server: FakeServer) -> None:
    server.raw("sequence/state", b"")
    with pytest.raises(NinaResponseError, match="empty"):
        await client.sequence.get_validated_tree()
