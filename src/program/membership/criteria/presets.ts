import type { ApplicantKind, Criterion, CriteriaSet } from '#program/membership/criteria/criterion.ts'

/** What a set says of a criterion where it does not say otherwise. */
const PLAIN = { need: 'required', requiredFor: [], alternative: undefined, waivable: false, renewal: 'yearly', threshold: undefined } as const

const NDA: Criterion = {
  ...PLAIN,
  id: 'CR-01',
  title: 'Confidentiality agreement',
  text: 'The member has executed the confidentiality agreement in its present text.',
  evidence: ['document'],
  judged: 'The hash of the signed text is that of the agreement in force.',
  renewal: 'each-revision',
}

const ACTIVE_PROTECTION: Criterion = {
  ...PLAIN,
  id: 'CR-02',
  title: 'Commercial active protection',
  text: 'The member offers commercial products that actively protect users of the operator’s products.',
  evidence: ['statement', 'link', 'worked-example'],
  judged: 'The products named exist, and the worked example shows a detection that could have been shipped.',
}

const REACH: Criterion = {
  ...PLAIN,
  id: 'CR-03',
  title: 'Reach',
  text: 'The products protect at least 10,000 users.',
  evidence: ['number', 'statement'],
  judged: 'The sum over the products named reaches the threshold.',
  threshold: 10_000,
}

const NO_ATTACK_TOOLS: Criterion = {
  ...PLAIN,
  id: 'CR-04',
  title: 'No attack tools',
  text: 'The member is not a primary seller of attack tools.',
  evidence: ['statement'],
  judged: 'Neither the statement nor the public catalogue names such a business.',
}

const RESPONSIBLE_DISCLOSURE: Criterion = {
  ...PLAIN,
  id: 'CR-05',
  title: 'Responsible disclosure',
  text: 'The member practises coordinated disclosure of the vulnerabilities that it finds.',
  evidence: ['link'],
  judged: 'The public policy commits to it.',
}

const NOT_BEFORE_RELEASE: Criterion = {
  ...PLAIN,
  id: 'CR-06',
  title: 'Nothing before the release',
  text: 'Protections made from programme data are published monthly, on or after the release instant.',
  evidence: ['statement'],
  judged: 'No protection of the last year was out before its release; breaches are listed.',
}

const NO_COPY: Criterion = {
  ...PLAIN,
  id: 'CR-07',
  title: 'No copy of programme data',
  text: 'Programme data is never copied into a product.',
  evidence: ['statement'],
  judged: 'The copy check of the last year found no expression of a package in a product.',
}

const NAMED: Criterion = {
  ...PLAIN,
  id: 'CR-08',
  title: 'Named publicly',
  text: 'The member agrees to be named publicly as a member.',
  evidence: ['statement'],
  judged: 'The agreement is on record.',
  renewal: 'once',
}

const NAMED_WITH_URL: Criterion = {
  ...NAMED,
  text: 'The member agrees to be named publicly as a member, with the address of its site.',
  evidence: ['statement', 'link'],
}

const IN_HOUSE: Criterion = {
  ...PLAIN,
  id: 'CR-09',
  title: 'Signatures made in-house',
  text: 'The member makes its signatures itself.',
  evidence: ['statement'],
  judged: 'The statement is given for each product.',
}

const INTERFACE: Criterion = {
  ...PLAIN,
  id: 'CR-10',
  title: 'Data by an interface',
  text: 'The member can send and receive data through an interface.',
  evidence: ['statement'],
  judged: 'An API token is in use, or a call was made with one.',
}

const EXCHANGE: Criterion = {
  ...PLAIN,
  id: 'CR-11',
  title: 'Exchange of threat information',
  text: 'The member exchanges threat information with the operator.',
  evidence: ['statement', 'number'],
  judged: 'The exchange counts contributions of the last year.',
}

const CONTRIBUTES: Criterion = {
  ...PLAIN,
  id: 'CR-12',
  title: 'Contributes back',
  text: 'The member reports coverage for each release; of tier validate also feedback for each CVE, "no issues" included.',
  evidence: ['number'],
  judged: 'The coverage matrix and the feedback of the last cycles are complete.',
  renewal: 'each-cycle',
}

const REACHABLE: Criterion = {
  ...PLAIN,
  id: 'CR-13',
  title: 'Reachable',
  text: 'The member has a role address besides its named contacts, and all of them answer.',
  evidence: ['statement'],
  judged: 'Addresses answered and keys are good beyond the coming cycle.',
  renewal: 'each-cycle',
}

/** What is asked by a criterion that a source words otherwise. */
const NO_ATTACK_TOOLS_STRICT: Criterion = {
  ...NO_ATTACK_TOOLS,
  text: 'The member neither sells nor creates attack tools: penetration testing tools and exploit frameworks are such.',
}
const ANY_ACTIVITY: Criterion = {
  ...ACTIVE_PROTECTION,
  title: 'Protection, detection or intelligence',
  text: 'The member protects users, detects threats or generates actionable threat intelligence.',
}

/** What a CERT, an incident response team or a government is asked instead of products and reach. */
const RESPONDS: Criterion = {
  ...ACTIVE_PROTECTION,
  title: 'Responds for a constituency',
  text: 'The member responds to incidents, or protects users, for a constituency that it names.',
  evidence: ['statement', 'document', 'link'],
  judged: 'The constituency exists, and the member answers for it: by mandate, by contract or as its own.',
}
const SENDS_TELEMETRY: Criterion = {
  ...EXCHANGE,
  text: 'The member contributes sightings and other threat information of its constituency to the exchange.',
  judged: 'What it says it contributes can be counted, and from the first renewal on the exchange counts it.',
}
const KEEPS_TO_RELEASE: Criterion = {
  ...NOT_BEFORE_RELEASE,
  text: 'Nothing made from programme data leaves the member’s constituency before the release instant.',
  judged: 'The use that it states keeps to it; breaches of the last year are listed.',
}

/**
 * The sets that ship with Vedette. The three of MAPP are what its pages said, and nothing that could not be traced
 * (program.md, 2.1): 2008, its eight criteria; 2014 as in dn527821; the later FAQ.
 */
export const PRESETS = {
  'mapp-2008': {
    id: 'mapp-2008@1',
    kind: 'vendor',
    criteria: [NDA, ACTIVE_PROTECTION, REACH, NO_ATTACK_TOOLS, RESPONSIBLE_DISCLOSURE, NOT_BEFORE_RELEASE, NO_COPY, NAMED],
  },
  'mapp-2014': {
    id: 'mapp-2014@1',
    kind: 'vendor',
    criteria: [
      NDA,
      { ...ACTIVE_PROTECTION, text: `${ACTIVE_PROTECTION.text} It creates updated protections on a regular basis.` },
      REACH,
      RESPONSIBLE_DISCLOSURE,
      NOT_BEFORE_RELEASE,
      NAMED_WITH_URL,
      IN_HOUSE,
      { ...CONTRIBUTES, need: 'recorded', requiredFor: ['validate'] },
    ],
  },
  'mapp-current': {
    id: 'mapp-current@1',
    kind: 'vendor',
    criteria: [
      NDA,
      { ...ANY_ACTIVITY, alternative: 'CR-11' },
      NO_ATTACK_TOOLS_STRICT,
      RESPONSIBLE_DISCLOSURE,
      NAMED_WITH_URL,
      INTERFACE,
      { ...EXCHANGE, alternative: 'CR-02' },
    ],
  },
  'vedette-default': {
    id: 'vedette-default@1',
    kind: 'vendor',
    criteria: [
      NDA,
      { ...ANY_ACTIVITY, alternative: 'CR-11' },
      { ...REACH, waivable: true },
      NO_ATTACK_TOOLS_STRICT,
      RESPONSIBLE_DISCLOSURE,
      NOT_BEFORE_RELEASE,
      NO_COPY,
      NAMED_WITH_URL,
      { ...IN_HOUSE, need: 'recorded' },
      { ...INTERFACE, need: 'recorded', requiredFor: ['validate', 'advance'] },
      { ...EXCHANGE, need: 'recorded' },
      CONTRIBUTES,
      REACHABLE,
    ],
  },
  'vedette-responder': {
    id: 'vedette-responder@1',
    kind: 'responder',
    criteria: [
      NDA,
      RESPONDS,
      { ...NO_ATTACK_TOOLS_STRICT, need: 'recorded' },
      KEEPS_TO_RELEASE,
      NO_COPY,
      { ...NAMED_WITH_URL, need: 'recorded' },
      { ...INTERFACE, need: 'recorded' },
      { ...SENDS_TELEMETRY, waivable: true },
      REACHABLE,
    ],
  },
} as const satisfies Record<string, CriteriaSet>

export type CriteriaPreset = keyof typeof PRESETS

/** What is in force with an operator that has adopted nothing. */
export const DEFAULT_SETS: Readonly<Record<ApplicantKind, CriteriaSet>> = {
  vendor: PRESETS['vedette-default'],
  responder: PRESETS['vedette-responder'],
}
