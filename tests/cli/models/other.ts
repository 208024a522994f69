import { tracked } from 'dugout'

export const tax = tracked(function tax(): number {
  return 19
})
