throw new Error('this model does not load')
