import type { Happening } from '#scanner/detonation/contract.ts'
import { happening } from '#test/harness/detonation/runs.ts'

/** Where Poppler's viewer is installed. */
export const viewer = '/usr/bin/pdftoppm'

export const start = (image: string, more: { pid?: number; parent?: number; rank?: Happening['rank'] } = {}) =>
  happening('process-start', { pid: 900, parent: 812, image, arguments: [image], ...more })
export const file = (path: string, action: 'create' | 'write' | 'read' | 'execute' | 'delete' = 'create', rank: Happening['rank'] = 'kernel', honey = false) =>
  happening('file', { path, action, rank, ...(honey && { honey }) })
export const page = (action: 'scheme' | 'clipboard' | 'download' | 'request' | 'navigate' | 'console', detail: string) =>
  happening('page', { action, detail, rank: 'guest' })
export const connect = (to: string, rank: Happening['rank'] = 'host') => happening('connect', { to, port: 443, protocol: 'tcp', rank })
export const asks = (url: string) => happening('page', { action: 'request', detail: `GET ${url}`, url, rank: 'guest' })
export const unreported = (method: string, url: string, unused?: true) => happening('unreported', { method, url, rank: 'host', ...(unused && { unused }) })
export const memory = (of: object) => happening('memory', { pid: 812, call: 'mprotect', protection: 'rwx', ...of })
export const keyed = (length: number) => memory({ call: 'pkey_mprotect', address: '0x1000000', length, key: 1 })
