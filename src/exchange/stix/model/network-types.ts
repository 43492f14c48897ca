import { extensionsWith } from '#exchange/stix/model/shared-properties.ts'
import { fault, type Rule } from '#exchange/stix/model/fault.ts'
import { atLeastOneOf, eitherOf, needed, notBefore, record, saysSomething, type Described, type Properties } from '#exchange/stix/model/record.ts'
import { refsTo, refTo } from '#exchange/stix/model/references.ts'
import { dictionaryOf, either, flag, hex, integer, listOf, name, oneOf, text, timestamp } from '#exchange/stix/model/values.ts'

/** Traffic of networks and mail (sections 6.6, 6.12). */

const count = integer(0, Number.MAX_SAFE_INTEGER)
const port = integer(0, 65_535)
/** The standard asks for lists of strings, and its own examples have strings. */
const headerFields = dictionaryOf(either(listOf(text), text))

const tcp: Properties = { src_flags_hex: hex, dst_flags_hex: hex }

const TRAFFIC_EXTENSIONS = extensionsWith({
  'http-request-ext': record({
    request_method: needed(name),
    request_value: needed(text),
    request_version: text,
    request_header: headerFields,
    message_body_length: count,
    message_body_data_ref: refTo('artifact'),
  }),
  'icmp-ext': record({ icmp_type_hex: needed(hex), icmp_code_hex: needed(hex) }),
  'socket-ext': record({
    address_family: needed(oneOf('AF_UNSPEC', 'AF_INET', 'AF_IPX', 'AF_APPLETALK', 'AF_NETBIOS', 'AF_INET6', 'AF_IRDA', 'AF_BTH')),
    is_blocking: flag,
    is_listening: flag,
    options: dictionaryOf(integer()),
    socket_type: oneOf('SOCK_STREAM', 'SOCK_DGRAM', 'SOCK_RAW', 'SOCK_RDM', 'SOCK_SEQPACKET'),
    socket_descriptor: count,
    socket_handle: integer(),
  }),
  'tcp-ext': record(tcp, [saysSomething(tcp)]),
})

const ACTIVE = fault('must not be there while is_active is true', 'end')
const activeHasNoEnd: Rule = ({ is_active: isActive, end }) => (isActive === true && end !== undefined ? ACTIVE : undefined)

const end = refTo('ipv4-addr', 'ipv6-addr', 'mac-addr', 'domain-name')
export const TRAFFIC: Described = {
  properties: {
    start: timestamp,
    end: timestamp,
    is_active: flag,
    src_ref: end,
    dst_ref: end,
    src_port: port,
    dst_port: port,
    protocols: needed(listOf(name)),
    src_byte_count: count,
    dst_byte_count: count,
    src_packets: count,
    dst_packets: count,
    ipfix: dictionaryOf(either(integer(), text)),
    src_payload_ref: refTo('artifact'),
    dst_payload_ref: refTo('artifact'),
    encapsulates_refs: refsTo('network-traffic'),
    encapsulated_by_ref: refTo('network-traffic'),
    extensions: TRAFFIC_EXTENSIONS,
  },
  rules: [atLeastOneOf('src_ref', 'dst_ref'), notBefore('start', 'end'), activeHasNoEnd],
}

const mimePart = record({ body: text, body_raw_ref: refTo('artifact', 'file'), content_type: text, content_disposition: text }, [
  eitherOf('body', 'body_raw_ref'),
])
const [NO_BODY, NO_PARTS] = [
  fault('must not be there while is_multipart is true', 'body'),
  fault('must not be there while is_multipart is false', 'body_multipart'),
]
const bodyFits: Rule = ({ is_multipart: isMultipart, body, body_multipart: parts }) =>
  isMultipart === true && body !== undefined ? NO_BODY : isMultipart === false && parts !== undefined ? NO_PARTS : undefined

const addresses = refsTo('email-addr')
export const EMAIL: Described = {
  properties: {
    is_multipart: needed(flag),
    date: timestamp,
    content_type: text,
    from_ref: refTo('email-addr'),
    sender_ref: refTo('email-addr'),
    to_refs: addresses,
    cc_refs: addresses,
    bcc_refs: addresses,
    message_id: text,
    subject: text,
    received_lines: listOf(text),
    additional_header_fields: headerFields,
    body: text,
    body_multipart: listOf(mimePart),
    raw_email_ref: refTo('artifact'),
  },
  rules: [bodyFits],
}
