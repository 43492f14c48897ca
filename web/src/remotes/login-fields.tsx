import { NativeSelect, Textarea, TextInput } from '@mantine/core'
import type { ReactElement } from 'react'
import { fieldMessage } from '../api/problem.ts'
import { SCHEMES, type LoginInput } from './remotes.ts'

/** Everything that the fields hold; what the chosen scheme needs of it is sent. Never kept in a draft. */
export interface LoginValues {
  readonly scheme: LoginInput['scheme']
  readonly user: string
  readonly password: string
  readonly token: string
  readonly certificate: string
  readonly key: string
  readonly ca: string
}
export const NO_LOGIN: LoginValues = { scheme: 'basic', user: '', password: '', token: '', certificate: '', key: '', ca: '' }

export const LOGIN_FIELDS = ['/login', '/ca']

export function loginOf({ scheme, user, password, token, certificate, key }: LoginValues): LoginInput {
  if (scheme === 'basic') return { scheme, user, password }
  if (scheme === 'bearer') return { scheme, token }
  return scheme === 'certificate' ? { scheme, certificate, key } : { scheme }
}

export const caOf = ({ ca }: LoginValues): string | null => (ca.trim() === '' ? null : ca)

interface LoginFieldsProps {
  readonly values: LoginValues
  readonly set: (change: Partial<LoginValues>) => void
  readonly error: unknown
}

/** How the remote server knows us, and by which authority we know it. */
export function LoginFields({ values, set, error }: LoginFieldsProps): ReactElement {
  const field = (name: 'user' | 'password' | 'token' | 'certificate' | 'key') => ({
    required: true,
    value: values[name],
    error: fieldMessage(error, `/login/${name}`) !== undefined,
    onChange: (event: { currentTarget: { value: string } }) => set({ [name]: event.currentTarget.value }),
  })
  return (
    <>
      <NativeSelect
        label="Sign-in"
        description="Sealed at once, and shown to nobody afterwards"
        data={Object.entries(SCHEMES).map(([value, label]) => ({ value, label }))}
        value={values.scheme}
        error={fieldMessage(error, '/login')}
        onChange={(event) => set({ scheme: event.currentTarget.value as LoginValues['scheme'] })}
      />
      {values.scheme === 'basic' && <TextInput label="User name" autoComplete="off" {...field('user')} />}
      {values.scheme === 'basic' && <TextInput type="password" label="Password" autoComplete="new-password" {...field('password')} />}
      {values.scheme === 'bearer' && <TextInput type="password" label="Token" autoComplete="new-password" {...field('token')} />}
      {values.scheme === 'certificate' && (
        <>
          <Textarea label="Certificate" description="PEM, with its chain" minRows={3} autosize maxRows={8} className="mono" {...field('certificate')} />
          <Textarea label="Private key" description="PEM, without a password" minRows={3} autosize maxRows={8} className="mono" {...field('key')} />
        </>
      )}
      <Textarea
        label="Authority of the server"
        description="PEM; only where its certificate is of an authority of its own. Then no other is believed."
        minRows={1}
        autosize
        maxRows={6}
        value={values.ca}
        error={fieldMessage(error, '/ca')}
        onChange={(event) => set({ ca: event.currentTarget.value })}
      />
    </>
  )
}
