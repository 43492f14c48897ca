import { Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { CopyText } from '../ui/copy-text.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ZonedInstant } from '../ui/zoned-instant.tsx'
import { PackageStateMark } from './package-state.tsx'
import { TLP_MEANING, type Package } from './packages.ts'

/** What the operator knows of a version besides its words. */
export function PackageFacts({ version }: { version: Package }): ReactElement {
  const { contributors, submitted, approval, scheduled, release } = version
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
        {version.bulletin && <Fact name="Bulletin">{version.bulletin}</Fact>}
        {release && (
          <Fact name="Release">
            <ZonedInstant value={release.instant} zone={release.zone} />
          </Fact>
        )}
        <Fact name="Written by">{contributors.map(({ name }) => name).join(', ') || 'Nobody yet'}</Fact>
        {submitted && <Fact name="Sent to review by">{<Person {...submitted} />}</Fact>}
        {approval && <Fact name="Approved by">{<Person {...approval} />}</Fact>}
        {scheduled && <Fact name="Scheduled by">{<Person {...scheduled} />}</Fact>}
        {version.contentHash && (
          <Fact name="Content hash">
            <CopyText label="Copy the content hash" text={version.contentHash} />
            {approval && (
              <Text size="sm" c="dimmed">
                {approval.contentHash === version.contentHash ? 'The approval names exactly this content.' : 'The approval names other content.'}
              </Text>
            )}
          </Fact>
        )}
        <Fact name="Updated">
          <Instant value={version.updatedAt} />
        </Fact>
      </Facts>
    </Panel>
  )
}

function Person({ by, at }: { by: { name: string }; at: string }): ReactElement {
  return (
    <>
      {by.name}, <Instant value={at} />
    </>
  )
}

/** A marking and what it asks of the reader. */
export function Tlp({ label }: { label: Package['tlp'] }): ReactElement {
  return (
    <>
      <span className="mono nowrap">TLP:{label}</span>
      <Text size="sm" c="dimmed">
        {TLP_MEANING[label]}
      </Text>
    </>
  )
}
