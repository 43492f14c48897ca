import { ARITHMETIC } from './arithmetic.ts'
import { CONTROL } from './control.ts'
import { DATA } from './data.ts'
import { FILES } from './files.ts'
import type { Machine } from './machine.ts'

export type Operator = (m: Machine) => void

/** Drawing: how many operands each takes. It does nothing else here. */
const DRAWING: Readonly<Record<string, number>> = {
  newpath: 0, moveto: 2, rmoveto: 2, lineto: 2, rlineto: 2, curveto: 6, rcurveto: 6, arc: 5, arcn: 5, arct: 5, closepath: 0,
  stroke: 0, fill: 0, eofill: 0, clip: 0, eoclip: 0, initclip: 0, rectfill: 4, rectstroke: 4, rectclip: 4, clippath: 0,
  setgray: 1, setrgbcolor: 3, setcmykcolor: 4, sethsbcolor: 3, setcolorspace: 1, setlinewidth: 1, setlinecap: 1, setlinejoin: 1,
  setmiterlimit: 1, setdash: 2, setflat: 1, setoverprint: 1, setstrokeadjust: 1, translate: 2, scale: 2, rotate: 1, concat: 1,
  gsave: 0, grestore: 0, grestoreall: 0, initgraphics: 0, showpage: 0, copypage: 0, erasepage: 0, show: 1, setfont: 1, bind: 0,
  flush: 0, print: 1, '=': 1, '==': 1, pstack: 0, setpacking: 1, setglobal: 1, setpagedevice: 1, srand: 1, quit: 0, vmreclaim: 1,
  readonly: 0, executeonly: 0, noaccess: 0,
} // prettier-ignore

const drawing = Object.entries(DRAWING).map(([name, operands]): [string, Operator] => [
  name,
  (m) => {
    for (let i = 0; i < operands; i++) m.pop()
  },
])

/** What every name does that the program has not defined. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ...drawing,
  ...Object.entries(ARITHMETIC),
  ...Object.entries(DATA),
  ...Object.entries(CONTROL),
  ...Object.entries(FILES),
])
