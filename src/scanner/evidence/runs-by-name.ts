const RUNS_BY_NAME = /\.(exe|scr|com|pif|cpl|dll|bat|cmd|ps1|vbs|vbe|js|jse|wsf|wsh|hta|lnk|url|jar|msi|sct|chm|reg|settingcontent-ms|iqy|slk|xll|one)$/i

/** True for a file name whose ending makes Windows run the file, or something in its name, when it is opened. */
export function runsByName(name: string): boolean {
  return RUNS_BY_NAME.test(name.slice(-200).trim())
}
