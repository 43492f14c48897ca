import { LIMITS } from '#scanner/intake/limits.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { ScanReport } from '#scanner/verdict/contract.ts'

/** Small enough that what runs away is found by its time. */
const limits = { ...LIMITS, steps: 1_000_000, bytes: 16 * 2 ** 20, objects: 500 }
/** Of one answer; the longest input is 64 KiB. */
const MOST_CPU_MS = 3_000

/** What holds for any bytes: an answer that fits the schema, the same when asked again, in bounded time. Throws where it does not. */
export function checkScan(bytes: Buffer): void {
  const before = process.cpuUsage()
  const report = ScanReport.parse(scanBytes(bytes, { limits }))
  const { user, system } = process.cpuUsage(before)
  if ((user + system) / 1000 > MOST_CPU_MS) throw new Error(`${(user + system) / 1000} ms of processor time for ${bytes.length} bytes`)
  if (report.size !== bytes.length) throw new Error('the answer is about other bytes')
  const { verdict } = report
  const places = [...verdict.cve, ...verdict.candidates, ...verdict.techniques, ...verdict.notes].flatMap(({ findings }) => findings)
  if (places.some((place) => place >= verdict.seen.length)) throw new Error('a finding names a place that is not there')
  if (verdict.cve.length > 0 && verdict.exploit !== 'attempted') throw new Error('a name without an attempt')
}

/** The target of the fuzzer. */
export function fuzz(data: Buffer): void {
  // The fuzzer keeps its buffer: what is read may hold on to parts of it only as long as this call.
  checkScan(Buffer.from(data))
}
