import { Anchor, Badge, Group, Stack, Table, Text, Title } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import { useSession } from '../session/session.ts'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Markdown } from '../ui/markdown.tsx'
import { Panel } from '../ui/panel.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import styles from './package-content.module.css'
import { PackageFiles } from './package-files.tsx'
import { SENSOR_NAME, type Content, type Package } from './packages.ts'
import { DetectionHelp } from './detection-help.tsx'
import { PermittedUseText } from './permitted-use-text.tsx'
import { Vulnerabilities } from './vulnerabilities.tsx'

type Product = NonNullable<Content['products']>[number]

/** What a version says, as far as this reader may read it: a part that is hidden leaves no trace. */
export function PackageContentPanels({ version }: { version: Package }): ReactElement {
  const { content } = version
  const operator = useSession().kind === 'operator'
  return (
    <>
      <Words content={content} />
      {content.vulnerabilities && (
        <Panel title="Vulnerabilities" flush>
          <Vulnerabilities vulnerabilities={content.vulnerabilities} products={content.products ?? []} />
        </Panel>
      )}
      {content.detection && (
        <Panel title="Detection guidance" lead="How to recognise an attack, by where a sensor looks.">
          <Guidance guidance={content.detection} />
        </Panel>
      )}
      <DetectionHelp content={content} />
      <PackageFiles version={version} />
      {content.permittedUse && (
        <Panel title="Permitted use" lead={operator ? 'What members may do with it before the release.' : 'What you may do with it before the release.'}>
          <PermittedUseText use={content.permittedUse} />
        </Panel>
      )}
      <Credit credit={content.credit} operator={operator} />
      {content.products && content.products.length > 0 && (
        <Panel title="Products" flush>
          <DataTable label="Products" columns={PRODUCT_COLUMNS} rows={content.products} rowKey={({ id }) => id} empty={null} />
        </Panel>
      )}
      {content.references && content.references.length > 0 && (
        <Panel title="References" lead="Opening one tells its server that somebody looked.">
          <References references={content.references} />
        </Panel>
      )}
      {content.revisionHistory && content.revisionHistory.length > 0 && (
        <Panel title="Revision history" flush>
          <Revisions revisions={content.revisionHistory} />
        </Panel>
      )}
    </>
  )
}

function Credit({ credit, operator }: { credit: Content['credit']; operator: boolean }): ReactElement | null {
  if (!credit || credit.finders.length === 0) return null
  const when = credit.showBeforeRelease ? 'Members see it with the bulletin: every finder agreed.' : 'Members see it with the release.'
  return (
    <Panel title="Found by" lead={operator ? when : undefined}>
      <ul className={styles['references']}>
        {credit.finders.map(({ name, organisation }) => (
          <li key={`${name} ${organisation}`} className="break">
            {name}
            {organisation && `, ${organisation}`}
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function Words({ content: { description, bulletin } }: { content: Content }): ReactElement | null {
  if (!description && !bulletin?.text) return null
  return (
    <Panel title="In words">
      <Stack gap="md">
        {description && (
          <Section title="Description without detail" when={Boolean(bulletin?.text)}>
            <Markdown text={description} />
          </Section>
        )}
        {bulletin?.text && (
          <Section title="Bulletin" when={Boolean(description)}>
            <Markdown text={bulletin.text} />
          </Section>
        )}
      </Stack>
    </Panel>
  )
}

/** A heading of its own only where there is something to tell apart. */
function Section({ title, when, children }: { title: string; when: boolean; children: ReactNode }): ReactElement {
  return (
    <section>
      {when && (
        <Title order={3} mb={4}>
          {title}
        </Title>
      )}
      {children}
    </section>
  )
}

function Guidance({ guidance }: { guidance: NonNullable<Content['detection']> }): ReactElement {
  if (guidance.length === 0) return <EmptyState icon="shield" title="No detection guidance yet" />
  return (
    <ul className={styles['list']}>
      {guidance.map((item, at) => (
        // Two may be alike in every word: only their places differ.
        <li key={at}>
          <Group gap="xs" mb={4}>
            <Badge variant="default" tt="none">
              {SENSOR_NAME[item.sensor]}
            </Badge>
            <Title order={3} className="break">
              {item.title}
            </Title>
          </Group>
          <Markdown text={item.guidance} />
          {item.falsePositives && (
            <div className={styles['aside']}>
              <Text fw={600} size="sm">
                False positives
              </Text>
              <Markdown text={item.falsePositives} />
            </div>
          )}
        </li>
      ))}
    </ul>
  )
}

const PRODUCT_COLUMNS: readonly Column<Product>[] = [
  { key: 'name', header: 'Name', text: ({ name }) => name, cell: ({ name }) => <span className="break">{name}</span> },
  { key: 'vendor', header: 'Vendor', text: ({ vendor }) => vendor ?? '' },
  { key: 'version', header: 'Version', text: ({ version }) => version ?? '' },
  { key: 'cpe', header: 'CPE', text: ({ cpe }) => cpe ?? '', cell: ({ cpe }) => <span className="mono break">{cpe ?? ''}</span> },
  { key: 'purl', header: 'Package URL', text: ({ purl }) => purl ?? '', cell: ({ purl }) => <span className="mono break">{purl ?? ''}</span> },
]

function References({ references }: { references: NonNullable<Content['references']> }): ReactElement {
  return (
    <ul className={styles['references']}>
      {references.map(({ url, summary }) => (
        <li key={url}>
          {summary && <div className="break">{summary}</div>}
          <Anchor href={url} target="_blank" rel="noopener noreferrer" className="break">
            {url}
          </Anchor>
        </li>
      ))}
    </ul>
  )
}

function Revisions({ revisions }: { revisions: NonNullable<Content['revisionHistory']> }): ReactElement {
  return (
    <SimpleTable label="Revision history" headers={['Version', 'When', 'What changed']}>
      {revisions.map(({ version, instant, summary }, at) => (
        <Table.Tr key={at}>
          <Table.Td>{version}</Table.Td>
          <Table.Td>
            <Instant value={instant} />
          </Table.Td>
          <Table.Td className="break">{summary}</Table.Td>
        </Table.Tr>
      ))}
    </SimpleTable>
  )
}
