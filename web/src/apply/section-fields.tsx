import { Checkbox, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { EvidenceFields } from './evidence-fields.tsx'
import { Choice, CodesField, LinesField, SayField, TextField, type FieldsProps } from './fields.tsx'
import type { faultsOf, Section } from './form.ts'
import { partAt, saidAt } from './form.ts'
import { ContactFields, ProductFields } from './list-fields.tsx'
import type { Own } from './own-application.ts'
import type { Saving } from './use-saving.ts'

export interface SectionProps {
  readonly section: Section
  readonly token: string
  readonly own: Own
  readonly saving: Saving
  readonly faults: ReturnType<typeof faultsOf>
  readonly onChange: (own: Own) => void
}

/** The fields of one page of the form. */
export function SectionFields(props: SectionProps): ReactElement {
  const { section, saving, faults } = props
  const fields: FieldsProps = { value: saving.form, set: saving.set, at: '', faults }
  switch (section.id) {
    case 'organisation':
      return <OrganisationFields {...fields} />
    case 'products':
      return <ProductFields {...fields} />
    case 'responder':
      return <ResponderFields {...fields} />
    case 'use':
      return <UseFields {...fields} kind={props.own.kind} />
    case 'example':
      return <ExampleFields {...fields} />
    case 'statements':
      return <StatementFields {...fields} />
    case 'people':
      return <ContactFields {...fields} />
    case 'evidence':
      return <EvidenceFields {...props} />
    default:
      return <SendFields {...fields} />
  }
}

function OrganisationFields({ value, set, faults }: FieldsProps): ReactElement {
  const organisation: FieldsProps = {
    value: partAt(value, 'organisation'),
    set: (change) => set({ organisation: { ...partAt(value, 'organisation'), ...change } }),
    at: '/organisation',
    faults,
  }
  return (
    <>
      <TextField {...organisation} name="legalName" label="Legal name" description="As it stands in the register of companies, or in the law that founds you" />
      <TextField {...organisation} name="website" label="Website" placeholder="https://" />
      <CodesField
        {...organisation}
        name="jurisdictions"
        label="Countries"
        description="Where the legal entity is established and where its owners are, as codes of two letters: DE, FR. Some laws decide what a member may get."
      />
      <TextField
        {...organisation}
        name="owners"
        label="Owners"
        description="Who owns or controls it. Leave it empty if nobody holds more than a quarter."
        long
      />
    </>
  )
}

function ResponderFields(fields: FieldsProps): ReactElement {
  return (
    <>
      <Choice
        {...fields}
        name="responder"
        label="What you are"
        options={[
          ['cert', 'A CERT'],
          ['enterprise', 'An enterprise’s response team'],
          ['government', 'A government'],
        ]}
      />
      <TextField {...fields} name="constituency" label="Your constituency" description="For whom you respond, and by what mandate or contract" long />
      <TextField
        {...fields}
        name="contributes"
        label="What you contribute"
        description="Which sightings and telemetry, from how many systems, how often"
        long
      />
    </>
  )
}

function UseFields({ kind, ...fields }: FieldsProps & { kind: Own['kind'] }): ReactElement {
  return (
    <>
      <TextField
        {...fields}
        name="dataUse"
        label="How you will use the data"
        description="Who sees it, in which systems, what is made of it, and how you keep it out of products before the release"
        long
      />
      {kind === 'vendor' ? (
        <>
          <TextField {...fields} name="expects" label="What you expect" description="What information helps you most. You may leave this empty." long />
          <TextField {...fields} name="formats" label="Formats" description="Which file formats your products can parse. You may leave this empty." long />
        </>
      ) : (
        <SayField {...fields} name="agreesToBeNamed" label="May we name you publicly as a member?" />
      )}
    </>
  )
}

function ExampleFields({ value, set, faults }: FieldsProps): ReactElement {
  const example: FieldsProps = {
    value: partAt(value, 'workedExample'),
    set: (change) => set({ workedExample: { ...partAt(value, 'workedExample'), ...change } }),
    at: '/workedExample',
    faults,
  }
  return (
    <>
      <Text>Take one vulnerability that is patched and public, and show how your product detects its exploitation.</Text>
      <TextField {...example} name="cve" label="Its CVE" placeholder="CVE-2017-11882" />
      <TextField
        {...example}
        name="detection"
        label="How you would detect it"
        description="What you look at, what decides, and what would set it off by mistake. Add the rule or a sample as evidence on a later page if you like."
        long
      />
    </>
  )
}

function StatementFields(fields: FieldsProps): ReactElement {
  return (
    <>
      <TextField
        {...fields}
        name="disclosurePolicy"
        label="Your policy of coordinated disclosure"
        description="The address where the public reads it"
        placeholder="https://"
      />
      <SayField
        {...fields}
        name="sellsAttackTools"
        label="Do you, or does anybody of your group, sell or make attack tools?"
        description="Tools for penetration testing and exploit frameworks are such."
      />
      <SayField {...fields} name="canUseInterface" label="Can you send and receive data through an interface?" />
      <SayField {...fields} name="agreesToBeNamed" label="May we name you publicly as a member, with the address of your site?" />
      <LinesField {...fields} name="references" label="References" description="Who vouches for you, one a line. You may leave this empty." />
    </>
  )
}

function SendFields({ value, set, faults }: FieldsProps): ReactElement {
  return (
    <>
      <Text>
        The criteria, and how each is judged, stand on the page before this one. One officer judges them, another decides; you get a mail with each question and
        with the decision.
      </Text>
      <Checkbox
        label="We have read the criteria and the terms, and what is said here is true."
        checked={saidAt(value, 'hasReadTheTerms') === true}
        error={faults.find(({ field }) => field === '/hasReadTheTerms') && 'Without it nothing can be sent'}
        onChange={(event) => set({ hasReadTheTerms: event.currentTarget.checked })}
      />
    </>
  )
}
