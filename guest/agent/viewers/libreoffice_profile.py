"""The profile that LibreOffice is started with: nothing that asks, saves, recovers, or starts something else; all that a careless reader would permit."""

import os

import egress

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
"""
# Path in the registry, name, value.
SETTINGS = (
    # Macros are decided per document, by MacroExecutionMode; the profile must not forbid what a run asks for.
    ('Office.Common/Security/Scripting', 'MacroSecurityLevel', 0),
    ('Office.Common/Security/Scripting', 'DisableMacrosExecution', False),
    ('Office.Writer/Filter/Import/VBA', 'Load', True),
    ('Office.Writer/Filter/Import/VBA', 'Executable', True),
    ('Office.Calc/Filter/Import/VBA', 'Load', True),
    ('Office.Calc/Filter/Import/VBA', 'Executable', True),
    ('Office.Impress/Filter/Import/VBA', 'Load', True),
    # Links are followed, cells that name other documents too.
    ('Office.Writer/Content/Update', 'Link', 0),
    ('Office.Calc/Content/Update', 'Link', 0),
    ('Office.Calc/Formula/Load', 'OOXMLRecalcMode', 0),
    ('Office.Calc/Formula/Load', 'ODFRecalcMode', 0),
    # The only way out (egress.py): what a document fetches is asked of the host's proxy, which decides and records.
    ('Inet/Settings', 'ooInetProxyType', 2),
    ('Inet/Settings', 'ooInetHTTPProxyName', egress.PROXY[0]),
    ('Inet/Settings', 'ooInetHTTPProxyPort', egress.PROXY[1]),
    ('Inet/Settings', 'ooInetHTTPSProxyName', egress.PROXY[0]),
    ('Inet/Settings', 'ooInetHTTPSProxyPort', egress.PROXY[1]),
    ('Inet/Settings', 'ooInetNoProxy', ''),
    # Nothing on first start, nothing to recover, nothing saved by itself.
    ('Office.Common/Misc', 'FirstRun', False),
    ('Office.Common/Misc', 'ShowTipOfTheDay', False),
    ('Office.Common/Misc', 'CollectUsageInformation', False),
    ('Office.Common/Misc', 'CrashReport', False),
    ('Office.Common/Misc', 'UseOpenCL', False),
    ('Office.Common/Misc', 'UseLocking', False),
    ('Office.Common/VCL', 'UseSkia', False),
    ('Office.Common/Save/Document', 'AutoSave', False),
    ('Office.Common/Save/Document', 'WarnAlienFormat', False),
    ('Office.Common/History', 'PickListSize', 0),
    ('Office.Common/Undo', 'Steps', 0),
    ('Office.Recovery/RecoveryInfo', 'Enabled', False),
    ('Office.Recovery/AutoSave', 'Enabled', False),
    ('Office.Java/VirtualMachine', 'Enable', False),
    # Work that shows in no picture.
    ('Office.Linguistic/SpellChecking', 'IsSpellAuto', False),
    ('Office.Linguistic/GrammarChecking', 'IsAutoCheck', False),
    ('Setup/Office', 'ooSetupInstCompleted', True),
    ('Setup/Product', 'ooSetupLastVersion', '99.9'),
)

# What nobody presses here, and what costs as much to make as some pages: bars of a window, of which nothing is seen.
WINDOWS = ('Writer', 'WriterWeb', 'WriterGlobal', 'Calc', 'Impress', 'Draw', 'Math')
BARS = (
    *('toolbar/' + name for name in ('standardbar', 'textobjectbar', 'formatobjectbar', 'drawbar', 'singlemode', 'commonobjectbar', 'toolbar', 'outlinetoolbar')),
    'statusbar/statusbar',
    'menubar/menubar',
)
HIDDEN = '<item oor:path="/org.openoffice.Office.UI.%sWindowState/UIElements/States"><node oor:name="private:resource/%s" oor:op="replace"><prop oor:name="Visible" oor:op="fuse"><value>false</value></prop></node></item>\n'


def item(path, name, content):
    """One setting as the profile's file says it."""
    told = str(content).lower() if isinstance(content, bool) else str(content)
    return '<item oor:path="/org.openoffice.%s"><prop oor:name="%s" oor:op="fuse"><value>%s</value></prop></item>\n' % (path, name, told)


def write(folder, account):
    """Writes the profile into `folder` of an account (`uid`, `gid`, `home`), where there is none."""
    user = os.path.join(folder, 'user')
    os.makedirs(user, exist_ok=True)
    path = os.path.join(user, 'registrymodifications.xcu')
    if os.path.exists(path):
        return
    with open(path, 'w', encoding='utf-8') as file:
        file.write(HEAD + ''.join(item(*setting) for setting in SETTINGS) + ''.join(HIDDEN % (window, bar) for window in WINDOWS for bar in BARS) + '</oor:items>\n')
    while path != account['home']:
        os.chown(path, account['uid'], account['gid'])
        path = os.path.dirname(path)
