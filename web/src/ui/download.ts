/** Hands text to the browser as a file to save. */
export function download(fileName: string, type: string, text: string): void {
  saveFile(fileName, new Blob([text], { type: `${type};charset=utf-8` }))
}

/** Hands bytes to the browser as a file to save. */
export function saveFile(fileName: string, bytes: Blob): void {
  const url = URL.createObjectURL(bytes)
  const link = document.createElement('a')
  link.href = url
  link.download = fileName
  link.click()
  URL.revokeObjectURL(url)
}
