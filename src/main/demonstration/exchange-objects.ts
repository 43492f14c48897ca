import { randomUUID } from 'node:crypto'
import { observableId } from '#exchange/stix/deterministic-id.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import type { TlpLabel } from '#program/packages/contract.ts'

type Properties = Readonly<Record<string, unknown>>
/** An object of the demonstration. */
export type Example = Properties & { readonly id: string }

/** What the objects of one envelope have in common. */
interface Maker {
  readonly now: Date
  readonly tlp: TlpLabel
}

function made({ now, tlp }: Maker, type: string, properties: Properties): Example {
  const at = new Date(now.getTime() - 86_400_000).toISOString()
  const id = `${type}--${randomUUID()}`
  return { type, spec_version: '2.1', id, created: at, modified: at, object_marking_refs: [TLP_MARKINGS[tlp]], ...properties }
}

function indicator(maker: Maker, name: string, pattern: string, properties: Properties = {}): Example {
  const months = (n: number) => new Date(maker.now.getTime() + n * 30 * 86_400_000).toISOString()
  const usual = { indicator_types: ['malicious-activity'], pattern_type: 'stix', valid_from: months(-1), valid_until: months(5), confidence: 75 }
  return made(maker, 'indicator', { name, pattern, ...usual, ...properties })
}

const linked = (maker: Maker, from: Example, kind: string, to: Example) =>
  made(maker, 'relationship', { relationship_type: kind, source_ref: from.id, target_ref: to.id })

/** A campaign as a vendor describes it: who, with what, by which ways, and how to find it. */
export function campaign(now: Date): Example[] {
  const green: Maker = { now, tlp: 'GREEN' }
  const actor = made(green, 'threat-actor', {
    name: 'Tin Heron',
    aliases: ['Grey Reed'],
    threat_actor_types: ['criminal'],
    description: 'Sells access to networks of hospitals and energy suppliers.',
    labels: ['access-broker'],
  })
  const malware = made(green, 'malware', {
    name: 'Reedcutter',
    malware_types: ['downloader'],
    is_family: true,
    description: 'Comes as a document, asks its servers every ten minutes, and loads what it is told to.',
  })
  const technique = made(green, 'attack-pattern', {
    name: 'Spearphishing Attachment',
    external_references: [{ source_name: 'mitre-attack', external_id: 'T1566.001' }],
  })
  const servers = made(green, 'infrastructure', { name: 'Servers of Reedcutter', infrastructure_types: ['command-and-control'] })
  const defence = made(green, 'course-of-action', {
    name: 'Open attachments without their macros',
    description: 'Reedcutter does nothing where macros of attachments do not run.',
  })
  const network = indicator(green, 'Network of Reedcutter’s servers', `[ipv4-addr:value = '198.51.100.0/24']`, { confidence: 60, labels: ['reedcutter'] })
  const domain = indicator(green, 'Server of Reedcutter', `[domain-name:value = 'updates.reed.example']`, { confidence: 90, labels: ['reedcutter'] })
  const url = indicator(
    { now, tlp: 'AMBER' },
    'Second stage of Reedcutter',
    `[url:value = 'https://updates.reed.example/v2/stage' OR file:hashes.'SHA-256' = '${'5c'.repeat(32)}']`,
  )
  const sequence = indicator(
    green,
    'Mail, then a request to Reedcutter’s server',
    `[email-message:subject = 'Shift plan for next week'] FOLLOWEDBY [domain-name:value = 'updates.reed.example'] WITHIN 900 SECONDS`,
    { confidence: 55 },
  )
  const all = [actor, malware, technique, servers, defence, network, domain, url, sequence]
  const relations = [
    linked(green, actor, 'uses', malware),
    linked(green, actor, 'uses', technique),
    linked(green, malware, 'communicates-with', servers),
    linked(green, defence, 'mitigates', malware),
    ...[network, domain, sequence].map((one) => linked(green, one, 'indicates', malware)),
    linked({ now, tlp: 'AMBER' }, url, 'indicates', malware),
  ]
  const report = made(green, 'report', {
    name: 'Reedcutter in hospitals',
    report_types: ['campaign'],
    published: new Date(now.getTime() - 43_200_000).toISOString(),
    description: 'What was seen of the campaign in the last month, and what stops it.',
    object_refs: [actor.id, malware.id, technique.id, network.id, domain.id],
  })
  return [...all, ...relations, report]
}

/** What a responder adds for a sharing group, and keeps for itself. */
export function ofResponder(now: Date, group: string): Example[] {
  const amber: Maker = { now, tlp: 'AMBER' }
  return [
    indicator(amber, 'Mail to night shifts', `[email-addr:value = 'shifts@reed.example']`, {
      object_marking_refs: [TLP_MARKINGS.AMBER, `marking-definition--${group}`],
    }),
    indicator({ now, tlp: 'RED' }, 'Seen on one ward only', `[ipv4-addr:value = '203.0.113.77']`, { confidence: 30 }),
    indicator(amber, 'An address that turned out to be a printer’s', `[ipv4-addr:value = '192.0.2.15']`, { revoked: true }),
  ]
}

/** Addresses of a botnet: observables, whose ids follow from what they say. */
export function botnet(now: Date): Example[] {
  const clear: Maker = { now, tlp: 'CLEAR' }
  const marked = { spec_version: '2.1', object_marking_refs: [TLP_MARKINGS.CLEAR] }
  const addresses = Array.from({ length: 24 }, (_, n) => {
    const address = { type: 'ipv4-addr', value: `198.51.100.${10 + n * 7}` }
    return { ...address, ...marked, id: observableId(address)! }
  })
  const tool = made(clear, 'malware', { name: 'Sandpiper', malware_types: ['bot'], is_family: true, description: 'Routers that answer to one another.' })
  const links = addresses.slice(0, 6).map((address) => linked(clear, tool, 'communicates-with', address))
  const blocked = indicator(clear, 'Control port of Sandpiper', `[network-traffic:dst_port = 48101 AND network-traffic:protocols[*] = 'udp']`)
  return [...addresses, tool, ...links, blocked, linked(clear, blocked, 'indicates', tool)]
}
