/** Names of the values of a content, for people. */
export const EXPLOITABILITY_NAME = {
  detected: 'Exploitation detected',
  'more-likely': 'Exploitation more likely',
  'less-likely': 'Exploitation less likely',
  unlikely: 'Exploitation unlikely',
} as const
export const CHANNEL_NAME = { network: 'Network', adjacent: 'Adjacent network', local: 'Local', physical: 'Physical' } as const
export const FIX_NAME = {
  available: 'Fix available',
  planned: 'Fix planned',
  mitigation: 'Mitigation',
  workaround: 'Workaround',
  'none-planned': 'No fix planned',
  none: 'Nothing yet',
} as const
export const HANDLING_NAME = { live: 'Live: can attack', inert: 'Inert: made unable to', harmless: 'Harmless' } as const
export const RULE_NAME = { yara: 'YARA', sigma: 'Sigma', snort: 'Snort', suricata: 'Suricata' } as const
