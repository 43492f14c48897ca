import { CopyButton, Tooltip, UnstyledButton } from '@mantine/core'
import type { ReactElement } from 'react'
import { Icon } from '../ui/icon.tsx'
import styles from './copy-digest.module.css'

/** The beginning of a SHA-256; a click copies the whole. */
export function CopyDigest({ of, sha256 }: { of: string; sha256: string }): ReactElement {
  return (
    <CopyButton value={sha256} timeout={4000}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? 'Copied' : sha256} multiline maw={360} className="break">
          <UnstyledButton className={styles['digest']} onClick={copy}>
            <span className="visually-hidden">Copy the SHA-256 of {of}:</span>
            {sha256.slice(0, 12)}…
            <Icon name={copied ? 'check' : 'copy'} size={13} />
          </UnstyledButton>
        </Tooltip>
      )}
    </CopyButton>
  )
}
