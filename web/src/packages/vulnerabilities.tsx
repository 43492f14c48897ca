import { Badge, Group, Text, Title } from '@mantine/core'
import type { ReactElement } from 'react'
import { EmptyState } from '../ui/empty-state.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { Prose } from '../ui/prose.tsx'
import type { Content } from './packages.ts'
import styles from './vulnerabilities.module.css'

type Vulnerability = NonNullable<Content['vulnerabilities']>[number]
type Product = NonNullable<Content['products']>[number]

interface VulnerabilitiesProps {
  readonly vulnerabilities: readonly Vulnerability[]
  readonly products: readonly Product[]
}

/** Each vulnerability with its severity as stated and the products that have it. */
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
  const { cve, otherIds, title, description, cwe, cvss, affected, fixed } = vulnerability
  return (
    <>
      <Group gap="xs" mb={6}>
        <Title order={3} className="mono">
          {cve ?? 'No CVE id yet'}
        </Title>
        {cvss.map(({ vector, statedScore }) => (
          <Score key={vector} vector={vector} score={statedScore} />
        ))}
      </Group>
      {title && (
        <Text fw={600} className="break" mb={4}>
          {title}
        </Text>
      )}
      {description && <Prose text={description} />}
      <div className={styles['facts']}>
        <Facts>
          {cwe && (
            <Fact name="Weakness">
              <span className="mono">{cwe.id}</span> {cwe.name}
            </Fact>
          )}
          {cvss.map(({ vector }) => (
            <Fact key={vector} name="CVSS vector">
              <span className="mono break">{vector}</span>
            </Fact>
          ))}
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
    </>
  )
}

/** Ratings of CVSS 3.1 (section 5) and 4.0 (section 6), which agree. */
function ratingOf(score: number): string {
  if (score === 0) return 'none'
  if (score < 4) return 'low'
  if (score < 7) return 'medium'
  return score < 9 ? 'high' : 'critical'
}

function Score({ vector, score }: { vector: string; score: number | null }): ReactElement | null {
  if (score === null) return null
  const rating = ratingOf(score)
  const color = rating === 'critical' || rating === 'high' ? 'red' : rating === 'medium' ? 'orange' : 'gray'
  const version = /^CVSS:(\d\.\d)/.exec(vector)?.[1] ?? ''
  return (
    <Badge variant={color === 'gray' ? 'default' : 'light'} color={color} tt="none">
      CVSS {version} {score.toFixed(1)} {rating}
    </Badge>
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
