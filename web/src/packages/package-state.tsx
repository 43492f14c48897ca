import type { ReactElement } from 'react'
import { trustedNowMs, useTrustedTime } from '../clock/trusted-time.ts'
import { StateMark, type Tone } from '../ui/state-mark.tsx'
import { STATE_NAME, type Summary } from './packages.ts'
import { standingOf } from './window.ts'

/** What a table sorts and exports by. */
export function stateText(version: Summary, nowMs: number | undefined): string {
  const standing = nowMs !== undefined && (version.state === 'scheduled' || version.state === 'released') ? standingOf(version, nowMs) : undefined
  if (standing === 'window-open') return 'Window open'
  return standing === 'published' ? 'Released' : STATE_NAME[version.state]
}

const TONES: Readonly<Record<string, Tone>> = {
  'Window open': 'on',
  Scheduled: 'plain',
  Released: 'plain',
  'In review': 'waiting',
  Pulled: 'bad',
  Withdrawn: 'bad',
}

/** The state of a version, with what the trusted time makes of it. */
export function PackageStateMark({ version }: { version: Summary }): ReactElement {
  const nowMs = useNowMs()
  const text = stateText(version, nowMs)
  return <StateMark tone={TONES[text] ?? 'off'}>{text}</StateMark>
}

/** The trusted instant; undefined until the server has told it. */
export function useNowMs(): number | undefined {
  const clock = useTrustedTime()
  return clock.data && trustedNowMs(clock.data)
}
