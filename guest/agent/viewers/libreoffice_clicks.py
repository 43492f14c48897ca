"""
Clicks on what a document embeds, as a reader would: objects are read and run, buttons are pressed.

Buttons are pressed through their accessible action, which is how a mouse's click reaches the document's macro too.
"""

import time

MOST_CLICKS = 20
WITHIN_S = 6
# The state of an object that is loaded and not shown (com.sun.star.embed.EmbedStates).
RUNNING = 1


def click(document, say):
    """Clicks embedded objects and buttons, at most `MOST_CLICKS` and for `WITHIN_S` seconds; what an object refuses is passed over."""
    until = time.monotonic() + WITHIN_S
    for count, (told, act) in enumerate(places(document)):
        if count >= MOST_CLICKS or time.monotonic() > until:
            return
        say({'kind': 'viewer', 'state': 'pending', 'detail': 'click on ' + told[:200]})
        try:
            act()
        except Exception:  # an object without a server, or a macro that fails: the click was made
            pass


def places(document):
    """What can be clicked, with the click."""
    yield from text_objects(document)
    for page in draw_pages(document):
        yield from shapes(page)
        yield from buttons(document, page)


def text_objects(document):
    """Embedded objects of a text document."""
    if not hasattr(document, 'getEmbeddedObjects'):
        return
    objects = document.getEmbeddedObjects()
    for name in objects.getElementNames():
        yield 'object ' + name, lambda name=name: open_object(objects.getByName(name).getExtendedControlOverEmbeddedObject())


def open_object(embedded):
    """
    Has an object read and run what it holds. It is not shown in its place, as a double click would: a window that is closed around a shown object takes the
    office down, and an object that is asked to leave its place from outside may never answer.
    """
    embedded.changeState(RUNNING)


def draw_pages(document):
    """The pages that shapes and form controls lie on."""
    if hasattr(document, 'getDrawPages'):
        pages = document.getDrawPages()
        yield from (pages.getByIndex(at) for at in range(min(pages.getCount(), 50)))
    elif hasattr(document, 'getDrawPage'):
        yield document.getDrawPage()


def shapes(page):
    """Embedded objects that lie on a page as shapes."""
    for at in range(min(page.getCount(), 200)):
        shape = page.getByIndex(at)
        if shape.getShapeType().endswith('OLE2Shape') and hasattr(shape, 'EmbeddedObject'):
            yield 'object on page', lambda shape=shape: open_object(shape.EmbeddedObject)


def buttons(document, page):
    """Push buttons of a page's forms."""
    controller = document.getCurrentController()
    if controller is None or not hasattr(controller, 'getControl') or not hasattr(page, 'getForms'):
        return
    forms = page.getForms()
    for at in range(min(forms.getCount(), 50)):
        form = forms.getByIndex(at)
        for place in range(min(form.getCount(), 50)):
            model = form.getByIndex(place)
            if model.supportsService('com.sun.star.form.component.CommandButton'):
                yield 'button', lambda model=model: press(controller.getControl(model))


def press(control):
    """Presses a control by its accessible action."""
    control.getAccessibleContext().doAccessibleAction(0)
