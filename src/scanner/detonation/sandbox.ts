import type { EgressSettings } from './egress/way-out.ts'
import type { Detonation, DetonationOptions, Environment, Happening } from './contract.ts'

/** What is to be opened. */
export interface Job {
  readonly environment: string
  /** The document, or the address of a page. */
  readonly subject: { readonly document: Uint8Array; readonly name: string } | { readonly url: string }
  readonly options: DetonationOptions
  /** Tried in turn where the document asks for one. */
  readonly passwords?: readonly string[]
  /** The longest that the subject is open, in milliseconds, where that is less than the driver's own bound. */
  readonly capMs?: number
  /** What was settled about the real network, for a way out through it; without it nothing passes but the simulated Internet. */
  readonly wayOut?: EgressSettings
}

/** A file that a detonation left: a picture, a dropped file, a core, a body of an answer. Hostile, whatever it is called. */
export interface Artefact {
  readonly sha256: string
  readonly bytes: Uint8Array
}

export interface Watcher {
  /** Is told what the job waits for before its subject is opened, such as a machine, or a template that is being made: each time that changes, and now and then while it goes on. */
  waits?(reason: string): void
  /** Is told what happens while it happens. */
  happening?(happening: Happening): void
  artefact?(artefact: Artefact): void
}

/** No environment could be started: the submission keeps its static answer, and says so. */
export class NoEnvironment extends Error {}

/**
 * A farm of environments: our own virtual machines, an operator's Windows guests, or a CAPE. Each keeps the same promises, which `sandbox.suite.ts` asks of every
 * driver: a detonation ends within its bounds with one truthful end state, a signal of abort ends it and leaves nothing behind, and what a guest says is data.
 */
export interface Sandbox {
  /** What cannot be used of what it was set up with, and why; one sentence each. */
  readonly notes?: readonly string[]
  /** What it can open documents in now. */
  environments(): Promise<readonly Environment[]>
  /** Opens one subject in one environment. Rejects with `NoEnvironment` only; all that happens in the guest is a result. */
  detonate(job: Job, watcher?: Watcher, signal?: AbortSignal): Promise<Detonation>
  close(): Promise<void>
}
