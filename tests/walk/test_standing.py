"""Standing of the steps, derived from pictures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corotui.cluster.events import State
from corotui.ring.model import Ring
from corotui.walk.model import Cell, Picture, Progress, Standing, Step
from corotui.walk.standing import standings
from tests.walk.pictures import finding, link, picture


def stand(found: Picture) -> dict[Step, Standing]:
    return {status.step: status.standing for status in standings(found)}


def test_all_steps_in_their_order() -> None:
    assert [status.step for status in standings(picture())] == list(Step)


def test_a_directory_without_nodes_needs_some() -> None:
    assert stand(replace(picture(), nodes=()))[Step.NODES] is Standing.NEEDS


def test_before_the_first_look_all_is_to_do() -> None:
    found = stand(picture(live=False, known=False))
    assert {found[step] for step in (Step.NODES, Step.PREREQUISITES, Step.INSTALL, Step.RING)} == {Standing.TODO}


def test_facts_of_an_earlier_session_are_stale() -> None:
    found = stand(picture(live=False))
    assert found[Step.NODES] is Standing.STALE
    assert found[Step.INSTALL] is Standing.STALE


def test_a_node_without_an_answer() -> None:
    base = picture()
    nodes = (replace(base.nodes[0], connection="failed"), *base.nodes[1:])
    status = standings(replace(base, nodes=nodes))[0]
    assert status.standing is Standing.FAILED
    assert "node1" in status.summary


def test_prerequisites_need_the_operator_while_there_are_errors() -> None:
    base = picture()
    grave = replace(base, found={**base.found, Step.PREREQUISITES: (finding(), finding("disk-room"))})
    assert stand(base)[Step.PREREQUISITES] is Standing.DONE
    assert standings(grave)[1].standing is Standing.NEEDS
    assert standings(grave)[1].summary == "2 things to mend"


def test_install() -> None:
    assert stand(picture(version=""))[Step.INSTALL] is Standing.TODO
    assert standings(picture())[2].summary == "corosync 3.1.7"


@pytest.mark.parametrize(
    ("changes", "standing"),
    [
        ({}, Standing.TODO),
        ({"chosen": (0,)}, Standing.DONE),
        ({"conf": b"x"}, Standing.DONE),
        ({"links": (link(usable=False),)}, Standing.NEEDS),
        ({"links": ()}, Standing.TODO),
    ],
)
def test_network(changes: dict[str, object], standing: Standing) -> None:
    assert stand(replace(picture(), **changes))[Step.NETWORK] is standing  # type: ignore[arg-type]


def test_review_and_rollout_follow_the_plan() -> None:
    base = picture()
    assert stand(base)[Step.REVIEW] is Standing.TODO
    assert stand(replace(base, plan={"empty": False}))[Step.REVIEW] is Standing.DONE
    assert stand(replace(base, plan={"refusals": [{}]}))[Step.REVIEW] is Standing.NEEDS
    assert stand(replace(base, plan={"empty": True}))[Step.ROLLOUT] is Standing.DONE
    assert stand(replace(base, interrupted="Rollout"))[Step.ROLLOUT] is Standing.NEEDS


def test_rollout_under_way_and_failed() -> None:
    cells = {"commit": {"node1": Cell(State.RUNNING)}}
    running = Progress("Rollout", ("stage", "commit"), ("node1",), cells, running=True)
    base = picture()
    assert stand(replace(base, progress=running))[Step.ROLLOUT] is Standing.BUSY
    failed = replace(running, running=False, error="no ring")
    assert stand(replace(base, progress=failed))[Step.ROLLOUT] is Standing.FAILED
    mending = Progress("Mending", ("mend",), ("node1",), running=True)
    assert stand(replace(base, progress=mending))[Step.ROLLOUT] is Standing.TODO


def test_ring() -> None:
    base = picture()
    whole = Ring(True, True, 3, ("node1", "node2", "node3"), ())
    assert stand(replace(base, ring=whole))[Step.RING] is Standing.DONE
    split = Ring(False, False, 3, (), ())
    status = standings(replace(base, ring=split))[7]
    assert status.standing is Standing.NEEDS
    assert "no quorum" in status.summary


def test_what_the_nodes_run_already_counts_without_a_plan() -> None:
    conf = b"totem {\n}\n"
    nodes = tuple(
        replace(n, facts=replace(n.facts, corosync=replace(n.facts.corosync, running=1, conf=conf.decode())))
        for n in picture().nodes
        if n.facts is not None
    )
    same = replace(picture(), conf=conf, nodes=nodes, plan=None)
    assert (stand(same)[Step.REVIEW], stand(same)[Step.ROLLOUT]) == (Standing.DONE, Standing.DONE)
    other = replace(same, conf=conf + b"\n")
    assert (stand(other)[Step.REVIEW], stand(other)[Step.ROLLOUT]) == (Standing.TODO, Standing.TODO)
