/** The screens of the till window. */
export type RouteName = 'till' | 'inbox' | 'totals' | 'statement' | 'settings';

class Route {
  #name = $state<RouteName>('till');
  #section = $state('');

  get name(): RouteName {
    return this.#name;
  }

  /** Where inside a screen: a settings page (`phones`, `codes`…) or an inbox item id. Empty for its start. */
  get section(): string {
    return this.#section;
  }

  go(name: RouteName, section = ''): void {
    this.#name = name;
    this.#section = section;
  }
}

export const route = new Route();
