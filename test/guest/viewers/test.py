"""
A deliberately faulty viewer, in the guests of tests alone: it runs a document that begins like a script, as if the document had taken a viewer over. The word
`root` in its second line stands for one that has taken over the guest too. Every other document is opened by Poppler.
"""
import os

from processes import checked_heap
from viewers import poppler


class Viewer(poppler.Viewer):
    def open(self, path, options, say, artefact):
        with open(path, 'rb') as document:
            first, second = document.readline(), document.readline()
        if not first.startswith(b'#!'):
            return super().open(path, options, say, artefact)
        os.chmod(path, 0o755)
        process = self.processes.start([path], checked_heap() if options.get('checkHeap') else {}, account=b'root' not in second)
        while self.processes.wait(process, 1) is None:
            pass
        return self._tell([process], 0, say)
