"""Start-up work of LibreOffice that is done before the template is saved: each module and each filter once, and the way to a picture."""

import os
import tempfile

# What each module makes, and reads again: file name and filter.
KINDS = {
    'swriter': (
        ('a.docx', 'MS Word 2007 XML'),
        ('a.doc', 'MS Word 97'),
        ('a.rtf', 'Rich Text Format'),
        ('a.odt', 'writer8'),
        ('a.html', 'HTML (StarWriter)'),
    ),
    'scalc': (
        ('a.xlsx', 'Calc MS Excel 2007 XML'),
        ('a.xls', 'MS Excel 97'),
        ('a.ods', 'calc8'),
        ('a.csv', 'Text - txt - csv (StarCalc)'),
        ('a.slk', 'SYLK'),
    ),
    'simpress': (('a.pptx', 'Impress MS PowerPoint 2007 XML'), ('a.ppt', 'MS PowerPoint 97'), ('a.odp', 'impress8')),
    'sdraw': (('a.odg', 'draw8'),),
}
# Of these it asks its reader something: a password, and whether it shall repair them.
LOCKED, BROKEN = 'locked.odt', 'broken.docx'
WORDS = 'An ordinary document with a few words, such as the first one of a day.'


def up(viewer):
    """Makes, opens, shows and closes one document of each kind."""
    from viewers.libreoffice import value

    with tempfile.TemporaryDirectory(dir='/dev/shm') as folder:
        os.chmod(folder, 0o777)
        for module, kinds in KINDS.items():
            document = viewer.desktop.loadComponentFromURL('private:factory/' + module, '_blank', 0, (value('Hidden', True),))
            fill(document, module)
            for name, filter in kinds:
                document.storeToURL('file://%s/%s' % (folder, name), (value('FilterName', filter),))
            names = [name for name, _ in kinds]
            if module == 'swriter':
                document.storeToURL('file://%s/%s' % (folder, LOCKED), (value('FilterName', 'writer8'), value('Password', WORDS)))
                break_off(os.path.join(folder, names[0]), os.path.join(folder, BROKEN))
                names += LOCKED, BROKEN
            document.close(True)
            for name in names:
                viewer.open(os.path.join(folder, name), {'macros': True}, quiet, quiet)
                viewer.close()


def break_off(whole, broken):
    """Copies the first two thirds of a document."""
    with open(whole, 'rb') as source, open(broken, 'wb') as part:
        part.write(source.read(os.path.getsize(whole) * 2 // 3))
    os.chmod(broken, 0o644)


def quiet(*_, **__):
    """Tells nobody: what the office does before the template is saved is no document's doing."""


def fill(document, module):
    """Words, a table or a shape, so that more than an empty page is laid out."""
    if module == 'swriter':
        text = document.getText()
        cursor = text.createTextCursor()
        text.insertString(cursor, WORDS + '\n', False)
        table = document.createInstance('com.sun.star.text.TextTable')
        table.initialize(2, 2)
        text.insertTextContent(cursor, table, False)
        text.insertString(cursor, WORDS, False)
    elif module == 'scalc':
        sheet = document.getSheets().getByIndex(0)
        for row in range(5):
            sheet.getCellByPosition(0, row).setValue(row)
        sheet.getCellByPosition(1, 0).setFormula('=SUM(A1:A5)')
        sheet.getCellByPosition(1, 1).setString(WORDS)
    else:
        shape = document.createInstance('com.sun.star.drawing.TextShape')
        document.getDrawPages().getByIndex(0).add(shape)
        shape.setString(WORDS)
