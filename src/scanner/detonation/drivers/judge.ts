import type { Detonation, Signal } from '../contract.ts'

/** Turns what was seen into signals (`signals/`); a driver tells what happened and judges nothing. */
export type Judge = (seen: Pick<Detonation, 'environment' | 'options' | 'end' | 'happenings'>) => Signal[]
