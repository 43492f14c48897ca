/**
 * What another part asks about packages: who may read one now, and when its windows open. Whoever asks gets an answer for the instant at
 * which it asks, and keeps none.
 */
export { findOpening, listOpenings, type PackageOpening } from '#program/packages/asked/package-opening.ts'
export { listReadable } from '#program/packages/asked/list-readable.ts'
