"""Opens pages in the guest's own viewer for Chromium on this machine, and prints what it tells, one JSON text a line: view_page.py AGENT HOME PROXY ADDRESS [cold]."""
import base64
import json
import os
import signal
import subprocess
import sys

agent, home, proxy, address = sys.argv[1:5]
cold = sys.argv[5:] == ["cold"]
sys.path.insert(0, agent)

import system  # noqa: E402

# Here the browser runs as whoever runs this.
system.UID = os.getuid()
from viewers.chromium import Viewer  # noqa: E402


started = []


class Processes:
    """As the guest's, without its group and account."""

    def start(self, command, **given):
        environment = {"HOME": home, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TMPDIR": home}
        started.append(subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, start_new_session=True, **given))
        return started[-1]

    def used(self):
        return 0.0


def tell(what):
    print(json.dumps(what), flush=True)


account = {"uid": os.getuid(), "gid": os.getgid(), "home": home, "processes": Processes(), "proxy": proxy, "arguments": ["--no-sandbox"], "cold": cold}
viewer = Viewer(account)
try:
    tell({"versions": viewer.start()})
    kept = lambda what, data, **told: tell({"artefact": what, "told": told, "data": base64.b64encode(data).decode()})
    tell({"end": viewer.open(address, {}, lambda happening: tell({"happening": happening}), kept)})
finally:
    viewer.close()
    for process in started:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
