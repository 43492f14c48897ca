import { FLASH_CLASS } from './flash/movie-state.ts'

/** A class that documents embed and that exploits, or ways round a mitigation, are known to load. */
export interface OleClass {
  readonly clsid: string
  /** Names under which OLE 1.0 and RTF write the class, in lower case, without the version number at the end. */
  readonly names: readonly string[]
  readonly title: string
}

/** Classes that only ever say what to look at: none of them names a vulnerability by itself. */
export const OLE_CLASSES: readonly OleClass[] = [
  { clsid: '{00000300-0000-0000-C000-000000000046}', names: ['ole2link', 'stdolelink'], title: 'OLE 2 link' },
  { clsid: '{EAB22AC3-30C1-11CF-A7EB-0000C05BAE0B}', names: ['shell.explorer'], title: 'Shell.Explorer.1' },
  { clsid: '{00000535-0000-0010-8000-00AA006D2EA4}', names: ['adodb.recordset'], title: 'ADODB.Recordset' },
  { clsid: '{0E59F1D5-1FBE-11D0-8FF2-00A0D10038BC}', names: ['msscriptcontrol.scriptcontrol', 'scriptcontrol'], title: 'MSScriptControl.ScriptControl' },
  { clsid: '{44F9A03B-A3EC-4F3B-9364-08E0007F21DF}', names: ['control.tasksymbol'], title: 'Control.TaskSymbol' },
  { clsid: '{B0395DA5-6A15-4E44-9F36-9A9DC7A2F341}', names: ['mmc.iconcontrol'], title: 'MMC.IconControl' },
  { clsid: '{CDDBCC7C-BE18-4A58-9CBF-D62A012272CE}', names: ['osf.sandbox'], title: 'osf.Sandbox' },
  { clsid: '{CDF1C8AA-2D25-43C7-8AFE-01F73A3C66DA}', names: ['umoutlookaddin.formregioncontext'], title: 'UmOutlookAddin.FormRegionContext' },
  { clsid: '{23CE100B-1390-49D6-BA00-F17D3AEE149C}', names: ['umoutlookaddin.umevmctrl'], title: 'UmOutlookAddin.UmEvmCtrl' },
  { clsid: '{A08A033D-1A75-4AB6-A166-EAD02F547959}', names: ['otkloadr.wrassembly'], title: 'otkloadr.WRAssembly' },
  { clsid: '{05741520-C4EB-440A-AC3F-9643BBC9F847}', names: ['otkloadr.wrloader'], title: 'otkloadr.WRLoader' },
  { clsid: '{3050F4D8-98B5-11CF-BB82-00AA00BDCE0B}', names: ['htafile'], title: 'HTML application' },
  { clsid: '{06290BD2-48AA-11D2-8432-006008C3FBFC}', names: ['scriptletfile'], title: 'script component file' },
  { clsid: FLASH_CLASS, names: ['shockwaveflash.shockwaveflash'], title: 'Shockwave Flash' },
]

const BY_CLSID = new Map(OLE_CLASSES.map((one) => [one.clsid, one]))
const BY_NAME = new Map(OLE_CLASSES.flatMap((one) => one.names.map((name) => [name, one] as const)))

/** The listed class with this id, as `{...}` in upper case. */
export function classOfId(clsid: string): OleClass | undefined {
  return BY_CLSID.get(clsid)
}

/** The listed class that a name such as `Shell.Explorer.1` stands for, in any case. */
export function classOfName(name: string): OleClass | undefined {
  const plain = name.trim().toLowerCase().slice(0, 100)
  return BY_NAME.get(plain) ?? BY_NAME.get(plain.replace(/\.\d{1,4}$/, ''))
}
