"""The model behind the page, loaded in the background, once for all sessions."""

from __future__ import annotations

import gc
import logging
from typing import TYPE_CHECKING

import streamlit as st

from pneumonia.errors import WeightsError
from pneumonia.language.speech import say
from pneumonia.model import weights
from pneumonia.model.current_weights import CurrentWeights
from pneumonia.ui import texts

if TYPE_CHECKING:
    from pneumonia.model.classifier import Classifier

_LOGGER = logging.getLogger(__name__)


@st.cache_resource(show_spinner=False)
def current_weights() -> CurrentWeights:
    """Return what every session shares."""
    return CurrentWeights(weights.WEIGHTS_FOLDER, _load)


def show_failure(name: str, failure: BaseException) -> None:
    """Say why the weights could not be loaded, and offer to load them again.

    Parameters
    ----------
    name : str
    failure : BaseException
    """
    st.subheader(say(texts.WEIGHTS_FAILED), anchor=False)
    st.markdown(str(failure))
    if st.button(say(texts.TRY_AGAIN)):
        current_weights().load_again(name)
        st.rerun()


def _load(name: str) -> Classifier:
    try:
        from pneumonia.model.classifier import load_classifier

        if "served" not in weights.load_card(name)[0]:
            _keep_keras_state()

        classifier = load_classifier(name)
        classifier.warm_up()
    except WeightsError:
        raise
    except Exception as error:
        _LOGGER.exception("The weights could not be loaded")
        raise WeightsError(
            f"The weights could not be loaded ({type(error).__name__}). Try again; if "
            "it fails again, the server's log says why."
        ) from error
    # Streamlit collects garbage after every run of the script; what was just loaded
    # stays for good, and looking through it took half a second each time.
    gc.freeze()
    return classifier


def _keep_keras_state() -> None:
    """Keep Streamlit from clearing Keras's state after every run of the script.

    With Keras imported, each run of any session ends in ``clear_session``: it drops
    the state of all threads, also of one that is loading a model, empties
    TensorFlow's kernel caches, and collects all garbage while no other thread may
    run. On two busy cores, a page that looked twice a second whether the model was
    there kept it from ever being loaded. The page builds no models but this.
    """
    import keras

    keras.backend.clear_session = lambda free_memory=True: None
