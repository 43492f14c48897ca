import { check } from './check.ts'
import { targetOf } from './targets.ts'

/** What the fuzzer calls: the target that its environment names. */
const target = targetOf(process.env['VEDETTE_FUZZ_TARGET'] ?? '')

export function fuzz(data: Buffer): void {
  // The fuzzer keeps its buffer: what is read may hold on to parts of it only as long as this call. Asking twice is half of the cost, and so done for some.
  check(target, Buffer.from(data), { twice: data.length % 4 === 0 })
}
