"""The few shapes that stand beside words, so that no state is told by colour alone (ISA-101, WCAG 1.4.1).

Each is the inside of a 24 by 24 drawing in the colour of the text around it; it is drawn here, in code, because the
content security policy lets nothing else in and a dozen strokes need no library.
"""

_STROKE = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'

SHAPES: dict[str, str] = {
    # tones
    "normal": f'<circle cx="12" cy="12" r="7" {_STROKE}/>',
    "yours": '<path d="M5 4h9l6 8-6 8H5z" fill="currentColor"/>',
    "attention": f'<path d="M12 4 2.5 20.5h19z" {_STROKE}/><path d="M12 10v5m0 2.6v.2" {_STROKE}/>',
    "stop": '<path d="M8 2.5h8L21.5 8v8L16 21.5H8L2.5 16V8z" fill="currentColor"/>'
    '<path d="M8 8l8 8m0-8-8 8" fill="none" stroke="var(--raised, Canvas)" stroke-width="2.4" stroke-linecap="round"/>',
    "done": f'<path d="m4.5 12.5 5 5L19.5 7" {_STROKE}/>',
    "off": f'<circle cx="12" cy="12" r="7.5" {_STROKE}/><path d="M7 17 17 7" {_STROKE}/>',
    "waiting": f'<path d="M6 3h12M6 21h12M7.5 3c0 5 3 6.5 4.5 9 1.5-2.5 4.5-4 4.5-9'
    f'm-9 18c0-5 3-6.5 4.5-9 1.5 2.5 4.5 4 4.5 9" {_STROKE}/>',
    # states of a unit: an empty drop, a full drop, running, paused, crossed out
    "clean": f'<path d="M12 3c4 5 6 8 6 11a6 6 0 0 1-12 0c0-3 2-6 6-11z" {_STROKE}/>',
    "dirty": '<path d="M12 3c4 5 6 8 6 11a6 6 0 0 1-12 0c0-3 2-6 6-11z" fill="currentColor"/>',
    "in_use": f'<circle cx="12" cy="12" r="9" {_STROKE}/><path d="M10 8v8l6-4z" fill="currentColor"/>',
    "held": f'<circle cx="12" cy="12" r="9" {_STROKE}/><path d="M9.5 8v8m5-8v8" {_STROKE}/>',
    "out_of_service": f'<circle cx="12" cy="12" r="9" {_STROKE}/><path d="M6 18 18 6" {_STROKE}/>',
    # places
    "home": f'<path d="M4 11 12 4l8 7v9h-5.5v-6h-5v6H4z" {_STROKE}/>',
    "work": f'<path d="M9 5h11M9 12h11M9 19h11M3.5 5l1 1 2-2.5M3.5 12l1 1 2-2.5M4 19h1" {_STROKE}/>',
    "batches": f'<path d="M5 8c0-5 14-5 14 0v9c0 5-14 5-14 0zM5 8c0 4 14 4 14 0M9 16h6" {_STROKE}/>',
    "plant": f'<path d="M3 21V10l6 4v-4l6 4V3h5v18zM7 17.5h2m3 0h2m3 0h.5" {_STROKE}/>',
    "materials": f'<path d="M3 8l9-5 9 5v8l-9 5-9-5zM3 8l9 5 9-5M12 13v8" {_STROKE}/>',
    "recipes": f'<path d="M9 3h6v5H9zM4 16h6v5H4zM14 16h6v5h-6zM12 8v4M7 16v-4h10v4" {_STROKE}/>',
    "people": f'<circle cx="9" cy="8" r="3.5" {_STROKE}/><path d="M2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6'
    f'm-.5-15.3a3.5 3.5 0 0 1 0 6.6m2.5 3.2c2.3.8 3.7 2.7 4 5.5" {_STROKE}/>',
    "training": f'<path d="M12 5 2 10l10 5 10-5zM6 12.5V17c3.5 3 8.5 3 12 0v-4.5M22 10v6" {_STROKE}/>',
    "record": f'<path d="M5 3h11l3 3v15H5z M9 9h6M9 13h6M9 17h4" {_STROKE}/>',
    "health": f'<path d="M2 13h4l3-8 5 15 3-7h5" {_STROKE}/>',
    "account": f'<circle cx="12" cy="8" r="4" {_STROKE}/><path d="M4 21c.7-5 3.7-7 8-7s7.3 2 8 7" {_STROKE}/>',
    "parts": f'<path d="M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z" {_STROKE}/>',
    # acts
    "find": f'<circle cx="10.5" cy="10.5" r="6" {_STROKE}/><path d="m15 15 5.5 5.5" {_STROKE}/>',
    "down": f'<path d="m6 9 6 6 6-6" {_STROKE}/>',
    "ascending": f'<path d="m7 14 5-6 5 6" {_STROKE}/>',
    "descending": f'<path d="m7 10 5 6 5-6" {_STROKE}/>',
    "previous": f'<path d="m15 5-7 7 7 7" {_STROKE}/>',
    "next": f'<path d="m9 5 7 7-7 7" {_STROKE}/>',
    "leave": f'<path d="M14 4H5v16h9M10 12h11m-4-4 4 4-4 4" {_STROKE}/>',
    "key": f'<circle cx="8" cy="15" r="4.5" {_STROKE}/><path d="m11.5 11.5 8-8m-3 3 3 3m-6 0 2 2" {_STROKE}/>',
    "signature": f'<path d="M3 17c4-1 7-12 9-12s-3 13-1 13 3-6 4.5-6-.5 5 1.5 5 2-1 4-2M3 21h18" {_STROKE}/>',
    "download": f'<path d="M12 4v11m-5-4 5 5 5-5M5 20h14" {_STROKE}/>',
    "link": f'<path d="M9 15l6-6M8 11l-2.5 2.5a3.5 3.5 0 0 0 5 5L13 16m3-3 2.5-2.5a3.5 3.5 0 0 0-5-5L11 8" {_STROKE}/>',
}


def svg(name: str) -> str:
    """Draw a shape.

    Args:
        name: One of :data:`SHAPES`.

    Returns:
        An SVG element hidden from assistive technology: the word beside it says the same.

    Raises:
        KeyError: If there is no such shape; a page with an unknown shape is a bug.
    """
    return f'<svg class="shape" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{SHAPES[name]}</svg>'
