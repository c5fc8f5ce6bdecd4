"""Run inside an empty network namespace: fills, serves and searches, and counts what leaves.

The namespace holds the loopback interface and one end of a virtual cable with a default route, so
that whatever meant to leave would be sent there and counted. Prints one JSON document.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import httpx
from PIL import Image

from omnireid.accounts import Role
from omnireid.client import Client
from served import Served, make_key

COMMANDS = (
    "ip link set lo up",
    "ip link add out0 type veth peer name far0",
    "sysctl -q -w net.ipv6.conf.out0.disable_ipv6=1 net.ipv6.conf.far0.disable_ipv6=1",
    "ip link set out0 up",
    "ip link set far0 up",
    "ip addr add 192.0.2.2/24 dev out0",
    "ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev out0 nud permanent",
    "ip route add default via 192.0.2.1 dev out0",
)


def sent(interface: str) -> int:
    """Packets that have left by the interface."""
    for line in Path("/proc/net/dev").read_text().splitlines():
        name, colon, figures = line.partition(":")
        if colon and name.strip() == interface:
            return int(figures.split()[9])
    raise AssertionError(f"there is no interface {interface}")


def use(place: Path) -> dict[str, int]:
    """Index by the command line, serve, ingest by a job, search by words and by picture."""
    omnireid = [sys.executable, "-m", "omnireid"]
    folder, pictures, inbox = place / "gallery", place / "pictures", place / "inbox"
    for where, colours in ((pictures, range(0, 250, 50)), (inbox, range(5, 250, 50))):
        where.mkdir()
        for colour in colours:
            Image.new("RGB", (32, 64), (colour, 80, 40)).save(where / f"{colour}.png")
    index = [*omnireid, "index", "folder", str(pictures), "--gallery", str(folder), "--json"]
    subprocess.run(index, check=True, cwd=place, capture_output=True)
    key = make_key(folder, "operator", [Role.ADMINISTRATOR, Role.SEARCHER])
    roots = {"OMNIREID_INGEST_ROOTS": json.dumps([str(inbox)])}
    with Served.start(folder, place, environment=roots) as service:
        with Client(service.url, key) as client:
            job = client.wait(client.start_job("folder", path=str(inbox)), seconds=240)
            words = client.search(purpose="incident", text="赤いコートの女性")
            picture = client.search(purpose="incident", rgb=pictures / "200.png")
        page = httpx.get(f"{service.url}/sign-in", headers={"Accept": "text/html"}, timeout=60)
        page.raise_for_status()
    return {"added": job.added, "words": len(words.items), "picture": len(picture.items)}


def main() -> None:
    for command in COMMANDS:
        subprocess.run(command.split(), check=True)
    before = sent("out0")
    found = use(Path(sys.argv[1]))
    during = sent("out0") - before
    # That the counting works: this one does leave.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        control.sendto(b"x", ("203.0.113.9", 9))
    after = sent("out0") - before - during
    looped = sent("lo")
    sys.stdout.write(json.dumps({**found, "left": during, "control": after, "loopback": looped}))


if __name__ == "__main__":
    main()
