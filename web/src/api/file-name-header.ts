/** The header that names an uploaded file (RFC 6266), in the form that takes every character (RFC 8187). */
export function fileNameHeader(name: string): string {
  const encoded = encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  return `attachment; filename*=UTF-8''${encoded}`
}
