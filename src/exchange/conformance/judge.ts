import { POINTS, type PointId, type PointResult, type ProbeResult, type ShownTurn } from '#exchange/conformance/contract.ts'
import { shownTurn, type Turn } from '#exchange/conformance/turn.ts'

/** Turns that are kept of a probe that fails again and again. */
const MOST_KEPT = 3

type Weight = 'must' | 'should' | 'note'

interface Noted {
  readonly weight: Weight
  times: number
  failed: number
  detail: string | undefined
  turns: ShownTurn[]
}

/** Collects what the probes find, per normative point. Credentials are taken out of whatever is kept. */
export class Judge {
  readonly #points = new Map<PointId, Map<string, Noted>>()
  readonly #reasons = new Map<PointId, Set<string>>()
  readonly #gaps = new Map<string, Set<string>>()
  readonly #silent = new Set<PointId>()
  readonly #secrets: readonly string[]

  constructor(secrets: readonly string[] = []) {
    this.#secrets = secrets
  }

  /** A MUST: the point fails where it does not hold. Returns whether it does. */
  must(point: PointId, probe: string, holds: boolean, turn?: Turn, detail?: string): boolean {
    return this.#put('must', point, probe, holds, turn, detail)
  }

  /** A SHOULD: a warning where it does not hold. */
  should(point: PointId, probe: string, holds: boolean, turn?: Turn, detail?: string): boolean {
    return this.#put('should', point, probe, holds, turn, detail)
  }

  /** Something worth knowing that breaks no rule. */
  note(point: PointId, probe: string, detail: string, turn?: Turn): void {
    this.#put('note', point, probe, true, turn, detail)
  }

  /** A part of a point that cannot be judged here. */
  skip(point: PointId, reason: string): void {
    const reasons = this.#reasons.get(point) ?? new Set()
    this.#reasons.set(point, reasons.add(reason))
  }

  /** How the server resolves a contradiction or gap of the standard. */
  gap(gap: string, found: string): void {
    this.#gaps.set(gap, (this.#gaps.get(gap) ?? new Set()).add(found))
  }

  /** Points that are not asked for are left out of the report. */
  silence(points: readonly PointId[]): void {
    for (const point of points) this.#silent.add(point)
  }

  /** What is known now, for `reset`. */
  mark(): ReadonlyMap<PointId, ReadonlyMap<string, Noted>> {
    return structuredClone(this.#points)
  }

  /** Forgets what was found since; reasons and resolutions stay, which do not depend on what is compared. */
  reset(mark: ReadonlyMap<PointId, ReadonlyMap<string, Noted>>): void {
    this.#points.clear()
    for (const [point, probes] of structuredClone(mark)) this.#points.set(point, new Map(probes))
  }

  /** Takes back the failures since `mark`, point by point, where what was compared did not hold still; what passed has passed. */
  unsettle(mark: ReadonlyMap<PointId, ReadonlyMap<string, Noted>>, reason: string): void {
    for (const [point, probes] of this.#points)
      for (const [probe, { weight, failed }] of probes) {
        if (weight === 'note' || failed === (mark.get(point)?.get(probe)?.failed ?? 0)) continue
        const before = mark.get(point)?.get(probe)
        if (before) probes.set(probe, structuredClone(before))
        else probes.delete(probe)
        this.skip(point, reason)
      }
  }

  get resolutions(): { gap: string; found: string }[] {
    const number = (gap: string) => Number(gap.slice(1))
    return [...this.#gaps].sort(([a], [b]) => number(a) - number(b)).flatMap(([gap, all]) => [...all].map((found) => ({ gap, found })))
  }

  /** The verdict of each point. */
  results(): PointResult[] {
    return POINTS.filter(([id]) => !this.#silent.has(id)).map(([point, section, title]) => {
      const probes = [...(this.#points.get(point) ?? [])].map(([probe, noted]) => shown(probe, noted))
      const warnings = probes.filter(({ verdict }) => verdict === 'warn').length
      const judged = probes.some(({ verdict }) => verdict !== 'note')
      const verdict = probes.some((probe) => probe.verdict === 'fail') ? 'fail' : judged ? 'pass' : 'not-applicable'
      const reasons = [...(this.#reasons.get(point) ?? [])]
      if (verdict === 'not-applicable' && reasons.length === 0) reasons.push('nothing that was answered shows it')
      return { point, section, title, verdict, warnings, reasons, probes }
    })
  }

  #put(weight: Weight, point: PointId, probe: string, holds: boolean, turn: Turn | undefined, detail: string | undefined): boolean {
    const probes = this.#points.get(point) ?? new Map<string, Noted>()
    this.#points.set(point, probes)
    const noted = probes.get(probe) ?? { weight, times: 0, failed: 0, detail: undefined, turns: [] }
    probes.set(probe, noted)
    noted.times++
    if (!holds && noted.failed++ === 0) Object.assign(noted, { detail: this.#clean(detail), turns: [] })
    if (weight === 'note') noted.detail = this.#clean(detail)
    const kept = noted.failed === 0 ? 1 : MOST_KEPT
    if (turn && noted.turns.length < kept && (noted.failed === 0 || !holds)) noted.turns.push(shownTurn(turn, this.#secrets))
    return holds
  }

  #clean(text: string | undefined): string | undefined {
    return text === undefined ? undefined : this.#secrets.reduce((all, secret) => all.replaceAll(secret, '[credentials]'), text).slice(0, 1000)
  }
}

function shown(probe: string, { weight, times, failed, detail, turns }: Noted): ProbeResult {
  const verdict = weight === 'note' ? 'note' : failed === 0 ? 'pass' : weight === 'must' ? 'fail' : 'warn'
  return { probe, verdict, times, failed, ...(detail !== undefined && { detail }), turns }
}
