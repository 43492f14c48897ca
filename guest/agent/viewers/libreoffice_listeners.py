"""What LibreOffice tells while a document is open: its events, and the questions that it would ask its user."""

import unohelper
from com.sun.star.document import XDocumentEventListener
from com.sun.star.task import XInteractionHandler2

# An ordinary document has about ten.
MOST_EVENTS = 200
PASSWORD = 'com.sun.star.task.XInteractionPassword'
# What is asked, by an answer that is offered: python3-uno cannot read questions that are exceptions, as most are. Whatever is answered, some refuse the document.
ASKED = (
    (PASSWORD, 'a password', 'it needs a password'),
    ('com.sun.star.document.XInteractionFilterOptions', 'the options of a filter', 'its filter asks for options'),
    ('com.sun.star.document.XInteractionFilterSelect', 'a filter', 'no filter reads it'),
)
APPROVE = 'com.sun.star.task.XInteractionApprove'
ABORT = 'com.sun.star.task.XInteractionAbort'
DISAPPROVE = 'com.sun.star.task.XInteractionDisapprove'


class Events(unohelper.Base, XDocumentEventListener):
    """Passes on what documents of the office do, such as `OnLoad`, in the order in which it happens; to nobody while `say` is None."""

    def __init__(self):
        self.say = None
        self.left = MOST_EVENTS

    def documentEventOccured(self, event):
        say = self.say
        if say is not None and self.left > 0:
            self.left -= 1
            say({'kind': 'viewer', 'state': 'pending', 'detail': 'event ' + event.EventName[:200]})

    def disposing(self, source):
        pass


class Answers(unohelper.Base, XInteractionHandler2):
    """Answers as a careless reader would: yes to what lets the document act or be repaired, and to a question for a password the
    next one that was given with the document."""

    def __init__(self, say, passwords=()):
        self.say = say
        self.refused = None
        self.passwords = list(passwords)

    def handle(self, request):
        self.handleInteractionRequest(request)

    def handleInteractionRequest(self, request):
        ways = request.getContinuations()
        told, reason = next(((told, reason) for type, told, reason in ASKED if any(offers(way, type) for way in ways)), ('a question', None))
        self.say({'kind': 'dialog', 'text': told})
        if self.passwords and self._unlock(ways):
            return True
        if reason is not None:
            self.refused = reason
        for wanted in (ABORT, DISAPPROVE, APPROVE) if reason else (APPROVE, DISAPPROVE, ABORT):
            for way in ways:
                if offers(way, wanted):
                    way.select()
                    return True
        return False


    def _unlock(self, ways):
        for way in ways:
            if offers(way, PASSWORD):
                way.setPassword(self.passwords.pop(0))
                way.select()
                return True
        return False


def offers(way, wanted):
    """Whether an answer is of an interface, or of one that comes of it."""
    try:
        return any(type.typeName == wanted or type.typeName.startswith(wanted) for type in way.getTypes())
    except Exception:  # an answer that says nothing of itself is not chosen
        return False
