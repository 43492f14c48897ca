import type { ReactElement } from 'react'
import { Fact, Facts } from '../ui/facts.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ZonedInstant } from '../ui/zoned-instant.tsx'
import { CopyText } from '../ui/copy-text.tsx'
import { Tlp } from './package-facts.tsx'
import { PackageStateMark, useNowMs } from './package-state.tsx'
import type { Package } from './packages.ts'
import { formatSpan } from './window.ts'

/** What a member has to know about a package before and while working with it. */
export function ContactFacts({ version }: { version: Package }): ReactElement {
  const { release, openedAt, receivedAt } = version
  return (
    <Panel title={`Version ${version.version}`}>
      <Facts>
        <Fact name="State">
          <PackageStateMark version={version} />
        </Fact>
        <Fact name="Marking">
          <Tlp label={version.tlp} />
        </Fact>
        {version.content.sharingGroup && <Fact name="Sharing group">{version.content.sharingGroup.name ?? version.content.sharingGroup.id}</Fact>}
        {release && (
          <Fact name="Secret until">
            <ZonedInstant value={release.instant} zone={release.zone} /> <Remaining until={release.instant} />
          </Fact>
        )}
        {openedAt && (
          <Fact name="Your window opened">
            <Instant value={openedAt} />
          </Fact>
        )}
        {receivedAt && (
          <Fact name="You received">
            <Instant value={receivedAt} />
          </Fact>
        )}
        {version.contentHash && (
          <Fact name="Content hash">
            <CopyText label="Copy the content hash" text={version.contentHash} />
          </Fact>
        )}
      </Facts>
    </Panel>
  )
}

function Remaining({ until }: { until: string }): ReactElement | null {
  const nowMs = useNowMs()
  if (nowMs === undefined) return null
  const ms = Date.parse(until) - nowMs
  return <>{ms > 0 ? `(in ${formatSpan(ms)})` : '(released)'}</>
}
