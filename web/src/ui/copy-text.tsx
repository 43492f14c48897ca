import { ActionIcon, CopyButton, Tooltip } from '@mantine/core'
import type { ReactElement } from 'react'
import styles from './copy-text.module.css'
import { Icon } from './icon.tsx'

/** A long value for machines, whole, with a button that copies it. */
export function CopyText({ label, text }: { label: string; text: string }): ReactElement {
  return (
    <span className={styles['copy']}>
      <span className="mono break">{text}</span>
      <CopyButton value={text} timeout={4000}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? 'Copied' : label}>
            <ActionIcon variant="subtle" color="gray" size="sm" onClick={copy} aria-label={copied ? 'Copied' : label}>
              <Icon name={copied ? 'check' : 'copy'} size={14} />
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </span>
  )
}
