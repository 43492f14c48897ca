import { Button, CopyButton, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { ApiProblem } from '../api/problem.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { NotFoundPage } from '../shell/not-found-page.tsx'
import { download } from '../ui/download.ts'
import { Icon } from '../ui/icon.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SourceText } from '../ui/source-text.tsx'
import { NeighboursPanel } from './neighbours-panel.tsx'
import { ObjectFacts } from './object-facts.tsx'
import { inLines, objectQuery, rawQuery, type ObjectShown } from './objects.ts'
import { VersionsPanel } from './versions-panel.tsx'

/** One object of the exchange: what it says, where and since when it is there, and what it has to do with others. */
export function ObjectPage(): ReactElement {
  return (
    <OnlyWith verb="object.search">
      <OneObject />
    </OnlyWith>
  )
}

function OneObject(): ReactElement {
  const { id } = useParams({ from: '/signed-in/objects/$id' })
  const found = useQuery(objectQuery(id))
  if (found.error instanceof ApiProblem && (found.error.code === 'NOT_FOUND' || found.error.code === 'VALIDATION_FAILED')) return <NotFoundPage />
  if (!found.data) {
    return (
      <Page title="Object">
        {found.isPending && <Skeleton height={240} />}
        <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />
      </Page>
    )
  }
  const title = found.data.title ?? id
  return (
    <Page
      title={title.length > 120 ? `${title.slice(0, 120)}…` : title}
      documentTitle="Object"
      lead={`${found.data.type} in ${found.data.places.map(({ collection }) => collection.title).join(', ')}`}
    >
      <Panel title="What it says">
        <ObjectFacts shown={found.data} />
      </Panel>
      <NeighboursPanel key={id} id={id} title={title} />
      <VersionsPanel id={id} places={found.data.places} />
      <RawPanel shown={found.data} />
    </Page>
  )
}

function RawPanel({ shown: { id, places } }: { shown: ObjectShown }): ReactElement {
  const [place] = places
  const raw = useQuery(rawQuery(id, place!.collection.id, place!.versions[0]!.version))
  return (
    <Panel
      title="As it came"
      lead="The newest version; the file holds exactly the bytes that its author sent."
      actions={
        raw.data !== undefined && (
          <>
            <CopyButton value={raw.data} timeout={4000}>
              {({ copied, copy }) => (
                <Button variant="default" onClick={copy} leftSection={<Icon name={copied ? 'check' : 'copy'} size={16} />}>
                  {copied ? 'Copied' : 'Copy'}
                </Button>
              )}
            </CopyButton>
            <Button
              variant="default"
              onClick={() => download(`${id}.json`, 'application/stix+json', raw.data)}
              leftSection={<Icon name="download" size={16} />}
            >
              Download
            </Button>
          </>
        )
      }
    >
      {raw.isPending && <Skeleton height={160} />}
      <ProblemAlert error={raw.error} onRetry={() => void raw.refetch()} />
      {raw.data !== undefined && <SourceText label="JSON of the object" text={inLines(raw.data)} />}
    </Panel>
  )
}
