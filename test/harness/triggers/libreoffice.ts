import { buildMacroWorkbook, buildOpenDocument, type OpenDocument } from '#test/harness/documents/office.ts'
import type { Trigger } from './trigger.ts'

/** A program that does nothing. */
const PROGRAM = '/bin/true'
const BASIC = `Sub Main\nShell("${PROGRAM}", 0)\nEnd Sub\n`
const PYTHON = `import subprocess\ndef main(*given):\n    subprocess.call(["${PROGRAM}"])\n`
/** Ends the office by a fault: it reads at address 8. */
const FAULT = 'import ctypes\ndef main(*given):\n    ctypes.string_at(8)\n'
const STARTED = [{ id: 'unexpected-process', weight: 'effect' }] as const

const open = (name: string, given: OpenDocument) => () => ({ name, document: buildOpenDocument(given) })
const text = (given: Omit<OpenDocument, 'kind'>) => open('document.odt', { kind: 'text', ...given })
const sheet = (given: Omit<OpenDocument, 'kind'>) => open('document.ods', { kind: 'spreadsheet', ...given })

/** Documents that an office opens, each of which does one thing. */
export const TRIGGERS: readonly Trigger[] = [
  {
    name: 'a macro in Basic runs a program when a text is opened',
    viewer: 'libreoffice',
    subject: text({ basic: BASIC, events: { 'dom:load': 'basic Main' } }),
    control: text({ basic: BASIC }),
    signals: STARTED,
    end: 'rendered',
  },
  {
    name: 'a macro in Basic waits, and runs a program then',
    viewer: 'libreoffice',
    subject: text({ basic: BASIC.replace('Sub Main', 'Sub Main\nWait 3000'), events: { 'dom:load': 'basic Main' } }),
    control: text({ basic: BASIC }),
    signals: STARTED,
    end: 'rendered',
  },
  {
    name: 'a script in Python runs a program when a text is opened',
    viewer: 'libreoffice',
    subject: text({ python: PYTHON, events: { 'dom:load': 'python main' } }),
    control: text({ python: PYTHON }),
    signals: STARTED,
    end: 'rendered',
  },
  {
    name: 'a macro in Basic runs a program when a spreadsheet is opened',
    viewer: 'libreoffice',
    subject: sheet({ basic: BASIC, events: { 'dom:load': 'basic Main' } }),
    control: sheet({ basic: BASIC }),
    signals: STARTED,
    end: 'rendered',
  },
  {
    name: 'a macro in Basic runs a program when a text is closed',
    viewer: 'libreoffice',
    subject: text({ basic: BASIC, events: { 'dom:unload': 'basic Main' } }),
    control: text({ basic: BASIC }),
    signals: STARTED,
    end: 'rendered',
  },
  {
    name: 'Auto_Open of an Excel workbook runs a program',
    viewer: 'libreoffice',
    subject: () => ({ name: 'document.xlsm', document: buildMacroWorkbook(`Sub Auto_Open()\r\nShell "${PROGRAM}", 0\r\nEnd Sub\r\n`) }),
    control: () => ({ name: 'document.xlsm', document: buildMacroWorkbook(`Sub Another()\r\nShell "${PROGRAM}", 0\r\nEnd Sub\r\n`) }),
    signals: STARTED,
    end: 'rendered',
  },
  {
    name: 'a script ends the office by a fault',
    viewer: 'libreoffice',
    subject: text({ python: FAULT, events: { 'dom:load': 'python main' } }),
    control: text({ python: FAULT }),
    signals: [{ id: 'crash' }],
    end: 'crashed',
  },
]
