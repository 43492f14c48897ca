import { Anchor, Badge, Group, Text, Title } from '@mantine/core'
import type { ReactElement } from 'react'
import { cvssRating, cvssScore } from '#program/packages/cvss-score.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { Markdown } from '../ui/markdown.tsx'
import { SourceText } from '../ui/source-text.tsx'
import type { Content } from './packages.ts'
import styles from './vulnerabilities.module.css'
import { CHANNEL_NAME, EXPLOITABILITY_NAME, FIX_NAME } from './words.ts'

type Vulnerability = NonNullable<Content['vulnerabilities']>[number]
type Product = NonNullable<Content['products']>[number]

interface VulnerabilitiesProps {
  readonly vulnerabilities: readonly Vulnerability[]
  readonly products: readonly Product[]
}

/** Each vulnerability with its severity, the products that have it, and what is known of attacks and remedies. */
export function Vulnerabilities({ vulnerabilities, products }: VulnerabilitiesProps): ReactElement {
  if (vulnerabilities.length === 0) return <EmptyState icon="warning" title="No vulnerability is named yet" />
  const names = new Map(products.map(({ id, name }) => [id, name]))
  return (
    <ul className={styles['list']}>
      {vulnerabilities.map((vulnerability, at) => (
        <li key={vulnerability.cve ?? at} className={styles['item']}>
          <One vulnerability={vulnerability} names={names} />
        </li>
      ))}
    </ul>
  )
}

function One({ vulnerability, names }: { vulnerability: Vulnerability; names: ReadonlyMap<string, string> }): ReactElement {
  const { cve, otherIds, title, description, cwes, cvss, affected, fixed, exploitability } = vulnerability
  return (
    <>
      <Group gap="xs" mb={6}>
        <Title order={3} className="mono">
          {cve ?? 'No CVE id yet'}
        </Title>
        {cvss.map(({ vector, statedScore }) => (
          <Score key={vector} vector={vector} stated={statedScore} />
        ))}
      </Group>
      {title && (
        <Text fw={600} className="break" mb={4}>
          {title}
        </Text>
      )}
      {description && <Markdown text={description} />}
      <div className={styles['facts']}>
        <Facts>
          {cwes.length > 0 && (
            <Fact name={cwes.length === 1 ? 'Weakness' : 'Weaknesses'}>
              {cwes.map(({ id, name }) => (
                <div key={id}>
                  <span className="mono">{id}</span> {name}
                </div>
              ))}
            </Fact>
          )}
          {cvss.map(({ vector, statedScore }) => (
            <Fact key={vector} name="CVSS vector">
              <span className="mono break">{vector}</span>
              <StatedScore vector={vector} stated={statedScore} />
            </Fact>
          ))}
          {(exploitability.latest || exploitability.older) && (
            <Fact name="Exploitability">
              {exploitability.latest && <div>Latest version: {EXPLOITABILITY_NAME[exploitability.latest]}</div>}
              {exploitability.older && <div>Older versions: {EXPLOITABILITY_NAME[exploitability.older]}</div>}
            </Fact>
          )}
          {vulnerability.attackVector.channel && <Fact name="Reached by">{CHANNEL_NAME[vulnerability.attackVector.channel]}</Fact>}
          {otherIds.length > 0 && <Fact name="Other names">{otherIds.map(({ system, text }) => `${text} (${system})`).join(', ')}</Fact>}
          {affected.length > 0 && (
            <Fact name="Affected">
              <ProductNames ids={affected} names={names} />
            </Fact>
          )}
          {fixed.length > 0 && (
            <Fact name="Fixed in">
              <ProductNames ids={fixed} names={names} />
            </Fact>
          )}
        </Facts>
      </div>
      <Details vulnerability={vulnerability} names={names} />
    </>
  )
}

/** What is known of attacks and remedies: a heading for each thing that is said. */
function Details({ vulnerability, names }: { vulnerability: Vulnerability; names: ReadonlyMap<string, string> }): ReactElement {
  const { exploitability, attackVector, triggerConditions, reproduction, crash, fixes } = vulnerability
  return (
    <div className={styles['details']}>
      <Said title="Exploitability" text={exploitability.text} />
      <Said title="Attack vector" text={attackVector.text} />
      <Said title="Trigger conditions" text={triggerConditions} />
      {reproduction.length > 0 && (
        <section>
          <Title order={4}>Reproduction</Title>
          <ol className={styles['steps']}>
            {reproduction.map((step, at) => (
              <li key={at}>
                <Markdown text={step} />
              </li>
            ))}
          </ol>
        </section>
      )}
      {crash.frames.length > 0 && (
        <section>
          <Title order={4}>Stack at the crash</Title>
          <SourceText label="Stack at the crash, the innermost frame first" text={crash.frames.join('\n')} />
        </section>
      )}
      {crash.text && (
        <section>
          <Title order={4}>Crash evidence</Title>
          <SourceText label="Crash evidence" text={crash.text} />
        </section>
      )}
      {fixes.length > 0 && (
        <section>
          <Title order={4}>Remedies</Title>
          <ul className={styles['remedies']}>
            {fixes.map(({ kind, details, products, url }, at) => (
              <li key={at}>
                <Badge variant="default" tt="none">
                  {FIX_NAME[kind]}
                </Badge>
                {products.length > 0 && (
                  <Text size="sm" c="dimmed" className="break">
                    {products.map((id) => names.get(id) ?? id).join(', ')}
                  </Text>
                )}
                <Markdown text={details} />
                {url && (
                  <Anchor href={url} target="_blank" rel="noopener noreferrer" className="break" size="sm">
                    {url}
                  </Anchor>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  )
}

function Said({ title, text }: { title: string; text: string }): ReactElement | null {
  if (text === '') return null
  return (
    <section>
      <Title order={4}>{title}</Title>
      <Markdown text={text} />
    </section>
  )
}

/** The score that the vector computes to. */
function Score({ vector, stated }: { vector: string; stated: number | null }): ReactElement | null {
  const computed = cvssScore(vector)
  const score = computed?.base ?? stated
  if (score === null) return null
  const rating = cvssRating(score)
  const color = rating === 'critical' || rating === 'high' ? 'red' : rating === 'medium' ? 'orange' : 'gray'
  return (
    <Badge variant={color === 'gray' ? 'default' : 'light'} color={color} tt="none">
      CVSS {computed?.version} {score.toFixed(1)} {rating}
    </Badge>
  )
}

/** Said only where the source has it otherwise: neither figure takes the place of the other. */
function StatedScore({ vector, stated }: { vector: string; stated: number | null }): ReactElement | null {
  const computed = cvssScore(vector)
  if (stated === null || !computed || stated === computed.base) return null
  return (
    <Text size="sm">
      The source states {stated.toFixed(1)}; the vector computes to {computed.base.toFixed(1)}.
    </Text>
  )
}

/** More than these are folded away. */
const SHOWN = 8

function ProductNames({ ids, names }: { ids: readonly string[]; names: ReadonlyMap<string, string> }): ReactElement {
  const shown = ids.map((id) => names.get(id) ?? id)
  if (shown.length <= SHOWN) return <NameList names={shown} />
  return (
    <details>
      <summary>{shown.length} products</summary>
      <NameList names={shown} />
    </details>
  )
}

function NameList({ names }: { names: readonly string[] }): ReactElement {
  return (
    <ul className={styles['names']}>
      {names.map((name, at) => (
        // Different products may have one name.
        <li key={at}>{name}</li>
      ))}
    </ul>
  )
}
