import { tracked } from 'dugout'

export const answer = tracked('answer', () => 42)
