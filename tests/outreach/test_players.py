"""The processes that play plans: what they do when whoever asked goes away."""

import pickle
import socket
import subprocess
import sys
from multiprocessing.connection import Connection

from tests.outreach.planning_world import a_cohort, a_plan


def test_a_player_ends_quietly_when_nobody_waits_for_its_course() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        player = subprocess.Popen(
            [sys.executable, "-m", "outreach.players", str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            stderr=subprocess.PIPE,
        )
    with Connection(ours.detach()) as pipe:
        pipe.send_bytes(pickle.dumps([(a_plan(a_cohort(60), sample=60), 1)]))
    with player:
        assert player.stderr is not None
        said = player.stderr.read()
    assert (player.returncode, said) == (0, b"")
