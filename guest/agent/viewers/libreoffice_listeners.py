"""What LibreOffice tells while a document is open: its events, and the questions that it would ask its user."""

import uno
import unohelper
from com.sun.star.document import XDocumentEventListener
from com.sun.star.task import XInteractionHandler2

# An ordinary document has about ten.
MOST_EVENTS = 200
# Questions that refuse the document whatever is answered, by a part of the name of their type.
REFUSALS = (
    ('Password', 'it needs a password'),
    ('ErrorCodeIORequest', 'it cannot be read'),
    ('ErrorCodeRequest', 'it cannot be read'),
    ('NoSuchFilter', 'no filter reads it'),
    ('FilterOptions', 'its filter asks for options'),
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
    """Answers as a careless reader would: yes to what lets the document act or be repaired, and nothing to a question for a password."""

    def __init__(self, say):
        self.say = say
        self.refused = None

    def handle(self, request):
        self.handleInteractionRequest(request)

    def handleInteractionRequest(self, request):
        asked = request.getRequest()
        kind = getattr(asked, 'typeName', None) or type(asked).__name__
        self.say({'kind': 'dialog', 'text': ('%s %s' % (kind.rpartition('.')[2], getattr(asked, 'Message', '') or '')).strip()[:2000]})
        reason = next((reason for part, reason in REFUSALS if part in kind), None)
        if reason is not None:
            self.refused = reason
        for wanted in (ABORT, DISAPPROVE, APPROVE) if reason else (APPROVE, DISAPPROVE, ABORT):
            for way in request.getContinuations():
                if offers(way, wanted):
                    way.select()
                    return True
        return False


def offers(way, wanted):
    """Whether a continuation is of an interface."""
    try:
        return way.queryInterface(uno.getTypeByName(wanted)) is not None
    except Exception:  # a continuation that answers nothing is not chosen
        return False
