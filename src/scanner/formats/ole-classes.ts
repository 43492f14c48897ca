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
  { clsid: '{33BD73C2-7BB4-48F4-8DBC-82B8B313AE16}', names: ['osf.sandboxmanager'], title: 'osf.SandboxManager' },
  { clsid: '{3BA59FA5-41BF-4820-98E4-04645A806698}', names: ['osf.sandboxcontent'], title: 'osf.SandboxContent' },
  { clsid: '{ECF44975-786E-462F-B02A-CBCCB1A2C4A2}', names: ['umoutlookaddin.formregioncontext'], title: 'UmOutlookAddin.FormRegionContext' },
  { clsid: '{F959DBBB-3867-41F2-8E5F-3B8BEFAA81B3}', names: ['umoutlookaddin.formregionaddin'], title: 'UmOutlookAddin.FormRegionAddin' },
  { clsid: '{CDF1C8AA-2D25-43C7-8AFE-01F73A3C66DA}', names: ['umoutlookaddin.inspectorcontext'], title: 'UmOutlookAddin.InspectorContext' },
  { clsid: '{CCD068CD-1260-4AEA-B040-A87974EB3AEF}', names: ['umoutlookaddin.roomsctp'], title: 'UmOutlookAddin.RoomsCTP' },
  { clsid: '{8627E73B-B5AA-4643-A3B0-570EDA17E3E7}', names: ['umoutlookaddin.buttonbar'], title: 'UmOutlookAddin.ButtonBar' },
  { clsid: '{D50FED35-0A08-4B17-B3E0-A8DD0EDE375D}', names: ['umoutlookaddin.playonphonedlg'], title: 'UmOutlookAddin.PlayOnPhoneDlg' },
  { clsid: '{1461A561-24E8-4BA3-8D4A-FFEEF980556B}', names: ['bcsaddin.connect'], title: 'BCSAddin.Connect' },
  { clsid: '{6AD4AE40-2FF1-4D88-B27A-F76FC7B40440}', names: ['bcsaddin.managesolutionhelper'], title: 'BCSAddin.ManageSolutionHelper' },
  { clsid: '{799ED9EA-FB5E-11D1-B7D6-00C04FC2AAE2}', names: ['microsoft.vbaaddin'], title: 'Microsoft.VbaAddin' },
  { clsid: '{14CE31DC-ABC2-484C-B061-CF3416AED8FF}', names: [], title: 'class of wuaext.dll' },
  { clsid: '{D93CE8B5-3BF8-462C-A03F-DED2730078BA}', names: [], title: 'second class of wuaext.dll' },
  { clsid: '{394C052E-B830-11D0-9A86-00C04FD8DBF7}', names: [], title: 'class of elsext.dll' },
  { clsid: '{975797FC-4E2A-11D0-B702-00C04FD8DBF7}', names: [], title: 'second class of elsext.dll' },
  { clsid: '{E8CC4CBF-FDFF-11D0-B865-00A0C9081C1D}', names: [], title: 'class of oci.dll' },
  { clsid: '{ECABAFC9-7F19-11D2-978E-0000F8757E2A}', names: [], title: 'class of mqrt.dll' },
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
