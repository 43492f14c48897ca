import { NativeSelect, TextInput } from '@mantine/core'
import type { ReactElement } from 'react'
import { clausesOf } from '#program/packages/contract.ts'
import { fieldMessage } from '../api/problem.ts'
import type { EditPartProps } from './edit-part.ts'
import styles from './edit-permitted-use.module.css'
import { withTerm } from './permitted-use.ts'

const TERMS = [
  { value: 'deny', label: 'Not allowed' },
  { value: 'allow', label: 'Allowed' },
  { value: 'from', label: 'Allowed from an instant' },
]

export function EditPermittedUse({ values: { permittedUse }, set, error }: EditPartProps): ReactElement {
  return (
    <div className={styles['clauses']}>
      {clausesOf(permittedUse).map(({ path, question, term }) => {
        const message = fieldMessage(error, `/content/permittedUse/${path.replace('.', '/')}`)
        const use = (to: typeof term) => set({ permittedUse: withTerm(permittedUse, path, to) })
        return (
          <div key={path} className={styles['clause']}>
            <NativeSelect
              label={question}
              data={TERMS}
              value={typeof term === 'object' ? 'from' : term}
              error={typeof term === 'object' ? undefined : message}
              onChange={({ currentTarget: { value } }) => use(value === 'from' ? { allowFrom: '' } : value === 'allow' ? 'allow' : 'deny')}
            />
            {typeof term === 'object' && (
              <TextInput
                type="datetime-local"
                label="From (UTC)"
                aria-label={`${question}, from (UTC)`}
                required
                value={term.allowFrom.slice(0, 16)}
                error={message}
                onChange={({ currentTarget: { value } }) => use({ allowFrom: value === '' ? '' : `${value}:00Z` })}
              />
            )}
          </div>
        )
      })}
      <div className={styles['clause']}>
        <NativeSelect
          label="What members derive from it, such as signatures and builds"
          data={[
            { value: 'covered', label: 'Is under the embargo too' },
            { value: 'not-covered', label: 'Is not under the embargo' },
          ]}
          value={permittedUse.share.derivedBinaries}
          onChange={({ currentTarget: { value } }) =>
            set({ permittedUse: { ...permittedUse, share: { ...permittedUse.share, derivedBinaries: value === 'covered' ? 'covered' : 'not-covered' } } })
          }
        />
      </div>
    </div>
  )
}
